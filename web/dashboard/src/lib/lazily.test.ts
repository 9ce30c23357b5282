import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { insist } from "./lazily";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

test("without a connection, code is asked for once there is one", async () => {
	const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
	const load = vi.fn(() => (navigator.onLine ? Promise.resolve("code") : Promise.reject(new Error("no connection"))));
	const came = insist(load);
	await vi.advanceTimersByTimeAsync(3_600_000);
	expect(load).toHaveBeenCalledTimes(1);
	online.mockReturnValue(true);
	dispatchEvent(new Event("online"));
	expect(await came).toBe("code");
	expect(load).toHaveBeenCalledTimes(2);
});

test("what the server doesn't have is given up after a while", async () => {
	const load = vi.fn(() => Promise.reject(new Error("404")));
	const gone = expect(insist(load)).rejects.toThrow("404");
	await vi.advanceTimersByTimeAsync(60_000);
	await gone;
	expect(load).toHaveBeenCalledTimes(4);
});

test("one lost answer is nobody's concern", async () => {
	const load = vi.fn().mockRejectedValueOnce(new Error("cut")).mockResolvedValue("code");
	const came = insist(load);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(await came).toBe("code");
});
