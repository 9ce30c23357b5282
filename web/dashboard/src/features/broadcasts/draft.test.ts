import { describe, expect, it } from "vitest";
import { blank, bodyOf, copyOf, type Draft, gapsOf, missing, numbersOf } from "./draft";
import type { Broadcast } from "./model";
import { reachOf } from "./reach";
import { weekly } from "./repeat";
import { type Person, samplesOf } from "./sample";
import { daysOf } from "./timetable-days";

const draft = (more: Partial<Draft>): Draft => ({ ...blank(), ...more });

describe("what a draft asks the server for", () => {
	it("never starts by itself", () => {
		const body = bodyOf(draft({ source: "all", startAt: 5 }), ["d1"], "Siaran");
		expect(body).toMatchObject({
			draft: true,
			start_at: 5,
			name: "Siaran",
			device_ids: ["d1"],
			audience: { all: true },
		});
		expect(body.weights).toBeUndefined();
	});

	it("is of the chosen source alone", () => {
		const full = draft({ source: "tags", tags: ["t"], segment: "s", numbers: "0812", name: " Promo " });
		const body = bodyOf(full, ["d"], "x");
		expect(body.audience).toEqual({ tags: ["t"], exclude: { reached_days: 3 } });
		expect(body.name).toBe("Promo");
	});

	it("names contacts and groups only when they are the source", () => {
		const contacts = [{ id: "c1", name: "Sari", values: {} }];
		const group = { device: "d1", id: "g1", name: "Arisan" };
		const of = (more: Partial<Draft>) =>
			bodyOf(draft({ reachedDays: 0, contacts, group, ...more }), ["d"], "x").audience;
		expect(of({ source: "contacts" })).toEqual({ contact_ids: ["c1"] });
		expect(of({ source: "group" })).toEqual({ group: { device_id: "d1", group: "g1" } });
		expect(of({ source: "all" })).toEqual({ all: true });
		expect(missing(draft({ source: "group", group: { ...group, id: "" } }), 0)).toBe("who");
		expect(missing(draft({ source: "contacts" }), 0)).toBe("who");
		expect(missing(draft({ source: "contacts", contacts }), 0)).toBeUndefined();
	});

	it("repeats only from a time on", () => {
		const repeat = { ...weekly(0), days: [1, 4] };
		expect(bodyOf(draft({ repeat, startAt: 7 }), ["d"], "x")).toMatchObject({
			start_at: 7,
			repeat: "FREQ=WEEKLY;BYDAY=MO,TH",
		});
		expect(bodyOf(draft({ repeat }), ["d"], "x").repeat).toBeUndefined();
		expect(missing(draft({ repeat: { ...repeat, days: [] }, startAt: 7 }), 2)).toBe("repeat");
	});

	it("has shares, days and what stands for a missing variable only where there are some", () => {
		const body = bodyOf(
			draft({
				source: "all",
				reachedDays: 0,
				devices: [
					{ id: "a", weight: 3 },
					{ id: "b", weight: 1 },
				],
				days: [1, 0],
				takeOver: true,
				variants: [{ text: "Halo {name}, {kota=kotamu}", fileId: "f" }, { text: "Hai" }],
				fallbacks: { name: "Kak", old: "x", kota: "y" },
			}),
			["c"],
			"x",
		);
		expect(body).toMatchObject({
			device_ids: ["a", "b"],
			weights: [3, 1],
			variables: { name: "Kak" },
			take_over: true,
		});
		expect(body.window).toEqual({ from: "08:00", to: "20:00", days: [0, 1] });
		expect(body.variants?.[0]).toEqual({ text: "Halo {name}, {kota=kotamu}", media: { file_id: "f" } });
		expect(body.audience.exclude).toBeUndefined();
	});
});

it.each([
	[{}, 0, "who"],
	[{ segment: "s" }, 0, undefined],
	[{ source: "numbers", numbers: " ,\n" }, 0, "who"],
	[{ source: "all" }, 0, undefined],
	[{}, 1, "what"],
	[{ variants: [{ text: "", fileId: "f" }] }, 1, undefined],
	[{ variants: [{ text: "a" }, { text: " " }] }, 1, "what"],
	[{ devices: [] }, 2, "devices"],
	[{ days: [] }, 2, "hours"],
	[{ from: "20:00" }, 2, "hours"],
	[{ from: "20:00", hours: false }, 2, undefined],
] as [Partial<Draft>, number, string | undefined][])("of %j, step %d lacks %s", (more, step, want) => {
	expect(missing(draft(more), step)).toBe(want);
});

it("numbers are taken from any list, each once", () => {
	expect(numbersOf("0812 1\n+62-813;0812 1,\t 5")).toEqual(["0812 1", "+62-813", "5"]);
});

it("gaps are what no text has something in the place of", () => {
	expect(gapsOf([{ text: "{name} {phone} {kota=x}" }, { text: "{Halo|Hai {umur}} {name}" }])).toEqual(["name", "umur"]);
});

it("a copy says the same to the same, and starts when it is told to", () => {
	const one = {
		name: "Promo",
		audience: { segment: "s", exclude: { reached_days: 7 } },
		variants: [{ text: "Halo" }],
		devices: [{ device_id: "d", weight: 2 }],
		pacing: { preset: "bold" },
		take_over: false,
		start_at: 9,
	} as unknown as Broadcast;
	expect(copyOf(one, "Lagi")).toMatchObject({
		name: "Lagi",
		source: "segment",
		segment: "s",
		reachedDays: 7,
		preset: "bold",
		hours: false,
		startAt: 0,
		step: 0,
		devices: [{ id: "d", weight: 2 }],
	});
});

it("a copy of what went to a list goes to the same", () => {
	const one = { id: "b", name: "Promo", audience: { file_id: "f" }, variants: [], devices: [], pacing: {} };
	const copy = copyOf(one as unknown as Broadcast, "Lagi");
	expect(copy).toMatchObject({ source: "same", copied: { id: "b", name: "Promo" } });
	expect(missing(copy, 0)).toBeUndefined();
});

it("tags are found as the contacts' list finds them", () => {
	const tags = [
		{ id: "1", name: 'Bu "Sri"' },
		{ id: "2", name: "VIP" },
	];
	expect(reachOf(draft({ source: "tags", tags: ["2", "1"] }), tags)).toEqual({
		filter: 'tag:"Bu \\"Sri\\"" or tag:"VIP"',
	});
	expect(reachOf(draft({ source: "tags" }), tags)).toBeUndefined();
	expect(reachOf(draft({ source: "all" }), tags)).toEqual({});
});

it("samples deal the variants, fill in what is missing, and say who is left out", () => {
	const people: Person[] = [
		{ key: "1", name: "Sari", values: { name: "Sari", kota: "" } },
		{ key: "2", name: "62812", values: { name: "" } },
		{ key: "3", name: "Budi", values: { name: "Budi" } },
	];
	const variants = [{ text: "Halo {name}" }, { text: "{name=Kak} di {kota}" }];
	const samples = samplesOf({ variants, fallbacks: { name: " ", kota: "" } }, people, 0);
	expect(samples.map((one) => [one.variant, one.text, one.lacks])).toEqual([
		[0, "Halo Sari", []],
		[1, "Kak di {kota}", ["kota"]],
		[0, "Halo Budi", []],
	]);
	expect(samplesOf({ variants: [{ text: " " }], fallbacks: {} }, people, 0)).toEqual([]);
});

it("a timetable is shown by day", () => {
	const hour = 3_600_000;
	const at = (h: number, sends: number) => ({ from: h * hour, to: (h + 1) * hour, sends });
	const dateOf = (ms: number) => String(Math.floor(ms / (24 * hour)));
	expect(daysOf([at(8, 5), at(9, 7), at(32, 1)], dateOf)).toEqual([
		{ from: 8 * hour, to: 10 * hour, sends: 12 },
		{ from: 32 * hour, to: 33 * hour, sends: 1 },
	]);
});
