import { describe, expect, it } from "vitest";
import { blank, bodyOf, draftOf, moved, type Rule, withWords } from "./model";

const rule: Rule = {
	id: "r1",
	name: "Ongkir",
	position: 0,
	enabled: true,
	when: { trigger: "keyword", match: "fuzzy", words: ["ongkir"] },
	// biome-ignore lint/suspicious/noThenProperty: the API calls it so
	then: [
		{ text: "Halo {name}", delay_seconds: 2, typing: true },
		{ file_id: "f1", kind: "document" },
	],
	device_ids: ["d1"],
	audience: "both",
	every_minutes: 60,
	fires: 3,
	created_at: 1,
	updated_at: 1,
};

describe("a draft", () => {
	it("sends back what it was made of", () => {
		const { name, enabled, audience, every_minutes, device_ids, when, then } = rule;
		expect(bodyOf(draftOf(rule))).toEqual({ name, enabled, audience, every_minutes, device_ids, when, then });
	});

	it("says nothing of keywords for another trigger, nor of a kind without a file", () => {
		const body = bodyOf({
			...blank(),
			trigger: "welcome",
			words: ["x"],
			answers: [{ key: 1, text: "a", kind: "image" }],
		});
		expect(body.when).toEqual({ trigger: "welcome" });
		expect(body.then).toEqual([{ text: "a" }]);
		expect(body.device_ids).toEqual([]);
	});
});

it.each([
	[0, 2, "bca"],
	[2, 0, "cab"],
	[1, 9, "acb"],
	[0, -4, "abc"],
	[7, 0, "abc"],
])("moving %i to %i gives %s", (from, to, want) => {
	expect(moved([..."abc"], from, to).join("")).toBe(want);
});

it("keywords are there once, parted at commas unless they are patterns", () => {
	expect(withWords(["harga"], " Harga, menu ,,katalog", "contains")).toEqual(["harga", "menu", "katalog"]);
	expect(withWords([], "a{1,2}", "regex")).toEqual(["a{1,2}"]);
	expect(withWords(["a"], "  ", "exact")).toEqual(["a"]);
});
