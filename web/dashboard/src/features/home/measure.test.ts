import { describe, expect, it } from "vitest";
import { busiest, dayBefore, lengthOf, ticks, weekOf } from "./measure";

describe("days", () => {
	it("are counted in the workspace's zone", () => {
		const now = Date.UTC(2026, 2, 1, 20, 0); // 3 a.m. of 2 March in Jakarta
		expect(dayBefore(0, "Asia/Jakarta", now)).toBe("2026-03-02");
		expect(dayBefore(2, "Asia/Jakarta", now)).toBe("2026-02-28");
		expect(dayBefore(0, "UTC", now)).toBe("2026-03-01");
	});
});

describe("lengths", () => {
	it("are in the largest unit that fits", () => {
		expect(lengthOf(200)).toEqual([1, "seconds"]);
		expect(lengthOf(59_000)).toEqual([59, "seconds"]);
		expect(lengthOf(150_000)).toEqual([3, "minutes"]);
		expect(lengthOf(5_400_000)).toEqual([1.5, "hoursLong"]);
		expect(lengthOf(36 * 3_600_000)).toEqual([1.5, "daysLong"]);
	});
});

describe("an axis", () => {
	it.each([
		[0, [0, 1]],
		[3, [0, 1, 2, 3]],
		[20, [0, 5, 10, 15, 20]],
		[21, [0, 10, 20, 30]],
		[1234, [0, 500, 1000, 1500]],
	])("up to %d", (top, want) => expect(ticks(top)).toEqual(want));
});

describe("a week", () => {
	const hours = [
		{ weekday: 1, hour: 9, received: 3 },
		{ weekday: 7, hour: 23, received: 5 },
	];

	it("begins on Monday and has every hour", () => {
		const week = weekOf(hours);
		expect(week.map((day) => day.length)).toEqual(Array(7).fill(24));
		expect(week[0]?.[9]).toBe(3);
		expect(week[6]?.[23]).toBe(5);
		expect(week[6]?.[22]).toBe(0);
	});

	it("has a busiest hour when something was written", () => {
		expect(busiest(hours)).toEqual(hours[1]);
		expect(busiest([])).toBeUndefined();
		expect(busiest([{ weekday: 1, hour: 0, received: 0 }])).toBeUndefined();
	});
});
