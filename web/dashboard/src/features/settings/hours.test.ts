import { expect, it } from "vitest";
import { addSpan, type Span, spansOf } from "./hours";

it("spans of a day are in the order of the clock", () => {
	const hours: Span[] = [
		{ day: "monday", open: "13:00", close: "17:00" },
		{ day: "tuesday", open: "08:00", close: "12:00" },
		{ day: "monday", open: "08:00", close: "12:00" },
	];
	expect(spansOf(hours, "monday")).toEqual([2, 0]);
	expect(spansOf(hours, "sunday")).toEqual([]);
});

it("a span that is added does not overlap the one before", () => {
	let hours = addSpan([], "friday");
	expect(hours).toEqual([{ day: "friday", open: "08:00", close: "17:00" }]);
	hours = addSpan(hours, "friday");
	expect(hours[1]).toEqual({ day: "friday", open: "17:00", close: "21:00" });
	hours = addSpan(hours, "friday");
	expect(hours[2]).toEqual({ day: "friday", open: "21:00", close: "23:59" });
});
