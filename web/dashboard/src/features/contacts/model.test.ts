import { describe, expect, it } from "vitest";
import { none, withOne } from "./chosen";
import { addressOf, clean, isAmount, isDay, narrowings, treeOf, writtenOf } from "./model";

describe("a filter of contacts", () => {
	it("is the same without what does not narrow", () => {
		expect(clean({ search: "", tag: [], consent: "in" })).toEqual({ consent: "in" });
	});

	it("counts what narrows it beside the search", () => {
		expect(narrowings({ kind: "people", search: "ayu", sort: "created" })).toBe(0);
		expect(narrowings({ kind: "people", tag: ["a", "b"], blocked: "true" })).toBe(3);
		expect(narrowings({ kind: "groups" })).toBe(1);
		expect(narrowings({})).toBe(1);
	});

	it("is an expression for segments and changes of many", () => {
		expect(treeOf({})).toBeUndefined();
		expect(treeOf({ consent: "out" })).toEqual({ op: "=", on: "consent", value: "out" });
		const inner = { op: "is" as const, on: "named" };
		expect(
			treeOf({ search: "ayu", tag: ["VIP"], field: ["jam:08:30"], blocked: "false", segment_id: "s", kind: "people" }, [
				{ id: "s", tree: inner },
			]),
		).toEqual({
			op: "and",
			args: [
				{ op: "~", on: "search", value: "ayu" },
				{ op: "=", on: "tag", value: "VIP" },
				{ op: "=", on: "field.jam", value: "08:30" },
				{ op: "not", args: [{ op: "is", on: "blocked" }] },
				inner,
				{ op: "not", args: [{ op: "is", on: "group" }] },
			],
		});
	});

	it("is an address for the export, without the order", () => {
		expect(addressOf({ tag: ["a b", "c"], sort: "created", search: "" })).toBe("tag=a+b&tag=c");
	});
});

describe("choosing", () => {
	it("one more and one less", () => {
		const one = withOne(none, "a", true, ["a", "b"]);
		expect([...one.ids]).toEqual(["a"]);
		expect(withOne(one, "a", false, ["a", "b"]).ids.size).toBe(0);
	});

	it("one out of all leaves the others that are shown", () => {
		const rest = withOne({ ids: new Set(), all: true }, "b", false, ["a", "b", "c"]);
		expect(rest.all).toBe(false);
		expect([...rest.ids]).toEqual(["a", "c"]);
	});
});

it("a day is told from a number and from words", () => {
	expect(
		[
			"31/01/2026",
			"1-2-2026",
			"2026-01-31",
			"5.6.89",
			"31 Oct 2024",
			"5 Agust 1980",
			"12-Mei-90",
			"1 September 2001",
		].filter((cell) => !isDay(cell)),
	).toEqual([]);
	expect(["Bandung", "081234567890", "12", "40286", "12 Braga 1990", "Mei", ""].filter(isDay)).toEqual([]);
});

it("tells amounts from numbers that count nothing", () => {
	expect(
		["150000", "Rp 1.500.000,-", "rp25.000", "12,5", "0", "1,250,000.50"].filter((cell) => !isAmount(cell)),
	).toEqual([]);
	expect(["081234567890", "3273010101900001", "01", "2 kg", "1.2.2026", "-", ""].filter(isAmount)).toEqual([]);
});

it("counts only the rows of an import that are written", () => {
	expect(writtenOf({ new: 3, update: 1, same: 2, duplicate: 4, invalid: 5, own: 1, opted_out: 1 }, 17, 17)).toBe(5);
	expect(writtenOf({ new: 3, invalid: 2 }, 5, 12)).toBe(10);
	expect(writtenOf({ invalid: 2 }, 2, 2)).toBe(0);
});
