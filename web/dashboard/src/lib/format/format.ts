import type { Language } from "@/lib/words";

/** How numbers and times are written, in a language and a time zone (IANA). Times are unix milliseconds. */
export interface Format {
	/** 14.05 */
	time(at: number): string;
	/** 14.05, of an hour of the day as the API has it: 14:05. */
	clock(hour: string): string;
	/** 22 Nov 2026 */
	date(at: number): string;
	/** 22 Nov 2026 14.05 WIB */
	full(at: number): string;
	/** In a list: the time today, else yesterday, the weekday, the date. */
	brief(at: number, now?: number): string;
	/** For the line between two days of a thread: today, yesterday, Sunday 22 November 2026. */
	day(at: number, now?: number): string;
	/** "5 minutes ago", "in 2 hours" */
	relative(at: number, now?: number): string;
	/** Rp25.000 */
	rupiah(amount: number): string;
	number(n: number): string;
	/** 1,5 MB */
	bytes(n: number): string;
	/** 0:07 or 1:02:03, of seconds. */
	duration(seconds: number): string;
	/** WIB, WITA, WIT, or how the zone is called elsewhere. */
	zone: string;
}

const minute = 60_000;
const day = 24 * 60 * minute;

const hour = 60 * minute;

interface Zone {
	name: string;
	/** What its clocks are ahead of UTC, in milliseconds. */
	ahead: number;
}
const wib: Zone = { name: "WIB", ahead: 7 * hour };
const wita: Zone = { name: "WITA", ahead: 8 * hour };
const wit: Zone = { name: "WIT", ahead: 9 * hour };

/** The zones of Indonesia. They have no summer time: what is on their clocks is reckoned, for to make an Intl format is slow. */
const indonesian: Record<string, Zone> = {
	"Asia/Jakarta": wib,
	"Asia/Pontianak": wib,
	"Asia/Makassar": wita,
	"Asia/Ujung_Pandang": wita,
	"Asia/Jayapura": wit,
};

/** What is made when it is first wanted. */
function once<T>(make: () => T): () => T {
	let made: T | undefined;
	return () => {
		made ??= make();
		return made;
	};
}

function zoneName(timeZone: string, locale: string): string {
	const known = indonesian[timeZone];
	if (known) return known.name;
	const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: "short" }).formatToParts(0);
	return parts.find((p) => p.type === "timeZoneName")?.value ?? timeZone;
}

/** A zone that this browser knows: the given one, or UTC. */
function safeZone(timeZone: string): string {
	if (indonesian[timeZone]) return timeZone;
	try {
		new Intl.DateTimeFormat("en", { timeZone });
		return timeZone;
	} catch {
		return "UTC";
	}
}

/** Makes the formatter. Its parts are not cheap: they are made when they are first wanted, so keep it. */
export function makeFormat(language: Language, wantedZone: string): Format {
	const timeZone = safeZone(wantedZone);
	const locale = language === "en" ? "en-GB" : "id-ID";
	const dateTime = (options: Intl.DateTimeFormatOptions, of = locale) =>
		once(() => new Intl.DateTimeFormat(of, { timeZone, ...options }));
	const time = dateTime({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
	const date = dateTime({ day: "numeric", month: "short", year: "numeric" });
	const weekday = dateTime({ weekday: "long" });
	const long = dateTime({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
	const ymd = dateTime({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
	const rupiah = once(
		() => new Intl.NumberFormat("id-ID", { style: "currency", currency: "IDR", maximumFractionDigits: 0 }),
	);
	const number = once(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
	const relative = once(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
	const zone = once(() => zoneName(timeZone, locale));

	const ahead = indonesian[timeZone]?.ahead;
	const point = language === "id" ? "." : ":";
	/** The day of a moment, counted from any. */
	const dayOf = (at: number) =>
		ahead === undefined ? Date.parse(ymd().format(at)) / day : Math.floor((at + ahead) / day);
	/** How many midnights lie between two moments. */
	const daysBetween = (from: number, to: number) => Math.round(dayOf(to) - dayOf(from));
	const timeOf = (at: number) =>
		ahead === undefined ? time().format(at) : new Date(at + ahead).toISOString().slice(11, 16).replace(":", point);
	const near = (days: number) => relative().format(-days, "day");

	return {
		get zone() {
			return zone();
		},
		time: timeOf,
		clock: (hour) => hour.replace(":", point),
		date: (at) => date().format(at),
		full: (at) => `${date().format(at)} ${timeOf(at)} ${zone()}`,
		brief(at, now = Date.now()) {
			const days = daysBetween(at, now);
			if (days === 0) return timeOf(at);
			if (days === 1) return near(1);
			return days > 1 && days < 7 ? weekday().format(at) : date().format(at);
		},
		day(at, now = Date.now()) {
			const days = daysBetween(at, now);
			return days === 0 || days === 1 ? near(days) : long().format(at);
		},
		relative(at, now = Date.now()) {
			const [n, unit] = distance(at - now);
			return relative().format(n, unit);
		},
		rupiah: (amount) =>
			rupiah()
				.format(amount)
				.replace(/\u00a0/g, ""),
		number: (n) => number().format(n),
		bytes: (n) => bytes(n, number()),
		duration,
	};
}

function distance(ms: number): [number, Intl.RelativeTimeFormatUnit] {
	const size = Math.abs(ms);
	if (size < minute) return [Math.round(ms / 1000), "second"];
	if (size < 60 * minute) return [Math.round(ms / minute), "minute"];
	if (size < day) return [Math.round(ms / (60 * minute)), "hour"];
	if (size < 30 * day) return [Math.round(ms / day), "day"];
	if (size < 365 * day) return [Math.round(ms / (30 * day)), "month"];
	return [Math.round(ms / (365 * day)), "year"];
}

function bytes(n: number, number: Intl.NumberFormat): string {
	let size = n;
	for (const unit of ["B", "kB", "MB"]) {
		if (size < 1000) return `${number.format(unit === "B" ? Math.round(size) : size)} ${unit}`;
		size /= 1000;
	}
	return `${number.format(size)} GB`;
}

function duration(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	const two = (n: number) => String(n).padStart(2, "0");
	const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
	return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A number as people here write it: +62 812-9064-1111. Digits in, with country code. */
export function phoneNumber(digits: string): string {
	const known = /^62(\d{3})(\d{3,4})(\d{3,5})$/.exec(digits);
	if (known) return `+62 ${known[1]}-${known[2]}-${known[3]}`;
	return /^\d+$/.test(digits) ? `+${digits}` : digits;
}
