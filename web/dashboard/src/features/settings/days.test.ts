import { expect, test } from "vitest";
import { dayAfter, dayBegins } from "./days";

test("days begin where the workspace is", () => {
	for (const [day, zone, want] of [
		["2026-01-31", "Asia/Jakarta", "2026-01-30T17:00:00.000Z"],
		["2026-01-31", "Asia/Jayapura", "2026-01-30T15:00:00.000Z"],
		["2026-01-31", "UTC", "2026-01-31T00:00:00.000Z"],
		// The clocks are put forward at two on this day, and back on that one.
		["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
		["2026-03-30", "Europe/Berlin", "2026-03-29T22:00:00.000Z"],
		["2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00.000Z"],
		["2026-03-08", "America/New_York", "2026-03-08T05:00:00.000Z"],
	] as const)
		expect(new Date(dayBegins(day, zone)).toISOString(), `${day} in ${zone}`).toBe(want);
});

test("a month ends", () => {
	expect(dayAfter("2026-01-31")).toBe("2026-02-01");
	expect(dayAfter("2028-02-28")).toBe("2028-02-29");
});
