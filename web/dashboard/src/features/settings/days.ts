/** The day after one that is written as 2026-01-31. */
export function dayAfter(day: string): string {
	return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

/** How far a time zone is ahead of UTC at a moment, in milliseconds. */
function ahead(at: number, timeZone: string): number {
	const parts = new Intl.DateTimeFormat("en-US", {
		timeZone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	}).formatToParts(at);
	const n = (type: string) => Number(parts.find((one) => one.type === type)?.value);
	return (
		Date.UTC(n("year"), n("month") - 1, n("day"), n("hour"), n("minute"), n("second")) - Math.floor(at / 1000) * 1000
	);
}

/** The moment at which a day such as 2026-01-31 begins in a time zone, in unix milliseconds. */
export function dayBegins(day: string, timeZone: string): number {
	const utc = Date.parse(day);
	const guess = utc - ahead(utc, timeZone);
	// Where clocks are changed just then, the zone is ahead by something else at the begin itself.
	return utc - ahead(guess, timeZone);
}
