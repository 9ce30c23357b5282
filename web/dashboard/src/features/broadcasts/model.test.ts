import { describe, expect, it } from "vitest";
import { type Broadcast, type Counts, funnel, newer, part, reasonsOf, shownOf, sidesOf, wanted } from "./model";

const counts = (more: Partial<Counts>): Counts => ({
	queued: 0,
	claimed: 0,
	sent: 0,
	delivered: 0,
	read: 0,
	replied: 0,
	failed: 0,
	skipped: 0,
	opted_out: 0,
	cancelled: 0,
	...more,
});

describe("how far a broadcast is", () => {
	it("leaves out who was left out", () => {
		const c = counts({ queued: 5, sent: 3, failed: 2, skipped: 90 });
		expect(wanted(c)).toBe(10);
		expect(part(c)).toBe(0.5);
	});

	it("is nothing where there is nobody", () => {
		expect(part(counts({ skipped: 4 }))).toBe(0);
		expect(funnel(counts({})).map((stage) => stage.part)).toEqual([0, 0, 0, 0]);
	});

	it("counts those who got further in every stage before", () => {
		const c = counts({ queued: 100, sent: 1, delivered: 2, read: 3, replied: 3, opted_out: 1 });
		expect(funnel(c)).toEqual([
			{ name: "sent", count: 10, part: 1 },
			{ name: "delivered", count: 9, part: 0.9 },
			{ name: "read", count: 7, part: 0.7 },
			{ name: "replied", count: 3, part: 0.3 },
		]);
	});
});

it("reasons are told by how many they are", () => {
	expect(reasonsOf({ blocked: 1, opted_out: 4, landline: 0, duplicate: 1 })).toEqual([
		["opted_out", 4],
		["blocked", 1],
		["duplicate", 1],
	]);
});

it("an address says which recipients are shown", () => {
	expect(shownOf({ state: "failed", code: "timeout" })).toEqual({ state: "failed", code: "timeout" });
	expect(shownOf({ state: "failed", code: 599 }).code).toBe("599");
	expect(shownOf({ state: "gone", code: "timeout" })).toEqual({ state: undefined, code: undefined });
	expect(shownOf({ code: {} })).toEqual({ state: undefined, code: undefined });
});

it("what is told late does not take back what was read", () => {
	const one = (updated_at: number, state: Broadcast["state"]) => ({ updated_at, state }) as Broadcast;
	expect(newer(one(5, "paused"), one(4, "running")).state).toBe("paused");
	expect(newer(one(5, "running"), one(5, "done")).state).toBe("done");
	expect(newer(undefined, one(1, "ready")).state).toBe("ready");
});

it("offers to compare only what there is more than one of", () => {
	const sides = (variants: number, devices: number, hours: number) =>
		sidesOf({ variants: Array(variants), devices: Array(devices) } as never, hours);
	expect(sides(1, 1, 1)).toEqual([]);
	expect(sides(1, 1, 0)).toEqual([]);
	expect(sides(1, 1, 2)).toEqual(["hour"]);
	expect(sides(2, 1, 1)).toEqual(["variant"]);
	expect(sides(3, 2, 9)).toEqual(["variant", "device", "hour"]);
});
