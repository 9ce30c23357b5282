import type { Schema } from "@/lib/api/client";

export type Span = Schema["WorkspaceSpan"];
export type Day = Span["day"];

export const days: Day[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** Where the spans of a day are in the list of all, in the order of the clock. */
export function spansOf(hours: Span[], day: Day): number[] {
	return hours
		.map((span, at) => ({ span, at }))
		.filter(({ span }) => span.day === day)
		.sort((a, b) => a.span.open.localeCompare(b.span.open))
		.map(({ at }) => at);
}

/** One more span of a day: the usual hours at first, then the hours after the last. */
export function addSpan(hours: Span[], day: Day): Span[] {
	const last = spansOf(hours, day).at(-1);
	if (last === undefined) return [...hours, { day, open: "08:00", close: "17:00" }];
	const open = hours[last]?.close ?? "17:00";
	return [...hours, { day, open: open >= "23:00" ? "23:00" : open, close: open >= "20:00" ? "23:59" : "21:00" }];
}
