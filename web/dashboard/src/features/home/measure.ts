/** A day as the API names it, such as 2026-01-31, so many days before the one of that moment in a time zone. */
export function dayBefore(days: number, timeZone: string, now = Date.now()): string {
	const today = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
	return new Date(Date.parse(today.format(now)) - days * 86_400_000).toISOString().slice(0, 10);
}

/** How long something took, in the largest unit that gives at least one: [3, "minutes"] of milliseconds. */
export function lengthOf(ms: number): [n: number, unit: "seconds" | "minutes" | "hoursLong" | "daysLong"] {
	if (ms < 60_000) return [Math.max(1, Math.round(ms / 1000)), "seconds"];
	if (ms < 3_600_000) return [Math.round(ms / 60_000), "minutes"];
	if (ms < 86_400_000) return [Math.round(ms / 360_000) / 10, "hoursLong"];
	return [Math.round(ms / 8_640_000) / 10, "daysLong"];
}

/** The numbers along an axis from 0 to at least top: a few, and round ones. */
export function ticks(top: number): number[] {
	if (top <= 0) return [0, 1];
	const rough = top / 4;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = Math.max(1, [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? 1);
	const all = [0];
	for (let at = step; at < top + step; at += step) all.push(at);
	return all;
}

export interface Hour {
	weekday: number;
	hour: number;
	received: number;
}

/** A week of 24 hours each, Monday first; hours in which nothing was written are 0. */
export function weekOf(hours: Hour[]): number[][] {
	const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
	for (const { weekday, hour, received } of hours) {
		const day = week[weekday - 1];
		if (day) day[hour] = received;
	}
	return week;
}

/** The hour of the week in which most was written, if anything was. */
export function busiest(hours: Hour[]): Hour | undefined {
	const top = hours.reduce<Hour | undefined>(
		(best, one) => (one.received > (best?.received ?? 0) ? one : best),
		undefined,
	);
	return top;
}
