/** When a broadcast goes again, as far as the pages offer it. */
export interface Repeat {
	every: "day" | "week" | "month";
	/** With week: 0 is Sunday. */
	days: number[];
	/** With month: 1 to 31; -1 is its last day. */
	monthDay: number;
	ends: "never" | "until" | "times";
	/** With until: the last day, 2026-12-31. */
	until: string;
	/** With times: how often it goes. */
	times: number;
}

const names = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/** A moment as an input of the browser writes it, in this device's time: 2026-12-31T09:00. */
export function local(at: number): string {
	const date = new Date(at);
	return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Its day alone: 2026-12-31. */
export function dayOf(at: number): string {
	return local(at).slice(0, 10);
}

/** What is offered at first for a broadcast that begins at a time: every week on that day. */
export function weekly(startAt: number): Repeat {
	const date = new Date(startAt);
	return {
		every: "week",
		days: [date.getDay()],
		monthDay: date.getDate(),
		ends: "never",
		until: dayOf(startAt + 90 * 24 * 60 * 60_000),
		times: 10,
	};
}

/** Tomorrow at nine. */
export function tomorrow(now: number): number {
	const date = new Date(now);
	return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1, 9).getTime();
}

/** Whether something of it is missing or can't be. */
export function incomplete(repeat: Repeat): boolean {
	if (repeat.every === "week" && repeat.days.length === 0) return true;
	if (repeat.ends === "until" && !/^\d{4}-\d\d-\d\d$/.test(repeat.until)) return true;
	return repeat.ends === "times" && !(repeat.times >= 1 && repeat.times <= 1000);
}

/** The RRULE that the server is given. */
export function ruleOf(repeat: Repeat): string {
	const parts = [`FREQ=${{ day: "DAILY", week: "WEEKLY", month: "MONTHLY" }[repeat.every]}`];
	if (repeat.every === "week")
		parts.push(
			`BYDAY=${mondayFirst(repeat.days)
				.map((day) => names[day])
				.join(",")}`,
		);
	if (repeat.every === "month") parts.push(`BYMONTHDAY=${repeat.monthDay}`);
	if (repeat.ends === "until") parts.push(`UNTIL=${repeat.until.replaceAll("-", "")}`);
	if (repeat.ends === "times") parts.push(`COUNT=${repeat.times}`);
	return parts.join(";");
}

export function mondayFirst(days: number[]): number[] {
	return [...days].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
}

/** What of an RRULE can be said in words; undefined for one that says more than that. */
export interface Said {
	every: Repeat["every"];
	days: number[];
	monthDay?: number;
	/** The last day as 2026-12-31, or a moment in unix milliseconds. */
	until?: string | number;
	times?: number;
}

export function readRule(rule: string): Said | undefined {
	const { FREQ, BYDAY, BYMONTHDAY, COUNT, UNTIL, INTERVAL, ...more } = Object.fromEntries(
		rule.split(";").map((part) => part.split("=") as [string, string]),
	) as Record<string, string | undefined>;
	const every = ({ DAILY: "day", WEEKLY: "week", MONTHLY: "month" } as const)[FREQ ?? ""];
	if (!every || Object.keys(more).length > 0 || (INTERVAL && INTERVAL !== "1")) return undefined;
	if ((BYDAY && every !== "week") || (BYMONTHDAY && (every !== "month" || !/^(-1|\d+)$/.test(BYMONTHDAY))))
		return undefined;
	const days = (BYDAY?.split(",") ?? []).map((name) => names.indexOf(name));
	if (days.includes(-1)) return undefined;
	return {
		every,
		days: mondayFirst([...new Set(days)]),
		monthDay: BYMONTHDAY ? Number(BYMONTHDAY) : undefined,
		until: UNTIL && untilOf(UNTIL),
		times: COUNT ? Number(COUNT) : undefined,
	};
}

function untilOf(text: string): string | number | undefined {
	const [, year, month, day, hour, minute, second] =
		/^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/.exec(text)?.map(Number) ?? [];
	if (!year || !month || !day) return undefined;
	if (hour === undefined || Number.isNaN(hour)) return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
	return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** An RRULE as the pages offer it; undefined for one that says more. */
export function repeatOf(rule: string, startAt: number): Repeat | undefined {
	const said = readRule(rule);
	if (!said || typeof said.until === "number") return undefined;
	const usual = weekly(startAt);
	return {
		every: said.every,
		days: said.days.length > 0 ? said.days : usual.days,
		monthDay: said.monthDay ?? usual.monthDay,
		ends: said.until ? "until" : said.times ? "times" : "never",
		until: said.until ?? usual.until,
		times: said.times ?? usual.times,
	};
}
