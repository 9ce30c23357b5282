import { afterEach, expect, it, vi } from "vitest";
import { api, ask } from "./client";

const answer = (body: object) =>
	new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
const wire = vi.fn(async () => answer({ from: "the wire" }));

/** What the first script has asked for, and a wire that counts what is asked beside it. */
function opened(asked: Record<string, Promise<Response | undefined>>): void {
	window.pingEarly = asked;
	wire.mockClear();
	vi.stubGlobal("fetch", wire);
}

afterEach(() => {
	vi.unstubAllGlobals();
	window.pingEarly = undefined;
});

const setup = () => ask(api.GET("/setup") as Promise<{ data?: unknown }>);

it("is taken once", async () => {
	opened({ "/api/v1/setup": Promise.resolve(answer({ from: "the first script" })) });
	expect(await setup()).toEqual({ from: "the first script" });
	expect(await setup()).toEqual({ from: "the wire" });
	expect(wire).toHaveBeenCalledTimes(1);
});

it("is asked for where the first script might not", async () => {
	opened({ "/api/v1/setup": Promise.resolve(undefined) });
	expect(await setup()).toEqual({ from: "the wire" });
});

it("is for its query, and for reading", async () => {
	opened({ "/api/v1/setup": Promise.resolve(answer({ from: "the first script" })) });
	await ask(api.GET("/events", { params: { query: { limit: 1 } } }));
	await ask(api.POST("/setup", { body: { workspace_name: "", name: "", email: "", password: "" } }));
	expect(wire).toHaveBeenCalledTimes(2);
});

it("grows old", async () => {
	opened({ "/api/v1/setup": Promise.resolve(answer({ from: "the first script" })) });
	vi.spyOn(performance, "now").mockReturnValue(30_001);
	expect(await setup()).toEqual({ from: "the wire" });
});
