import { expect, it } from "vitest";
import { type Author, authorOf } from "./author";

const names = new Map([
	["ani", "Ani Rahma"],
	["me", "Budi"],
]);

it.each<[string, string | undefined, string | undefined, Author]>([
	["the reader", "member", "me", { word: "you" }],
	["a colleague, by the first name", "member", "ani", { name: "Ani" }],
	["somebody who is no member any more", "member", "gone", { word: "team" }],
	["a rule", "rule", "r", { word: "bot" }],
	["the answer to who opts out", "opt_out", undefined, { word: "bot" }],
	["a broadcast", "broadcast", "b", { word: "broadcast" }],
	["a script", "api", "me", { word: "api" }],
	["the phone", "phone", undefined, { word: "phone" }],
	["the phone, before it was linked", undefined, undefined, { word: "phone" }],
])("names %s", (_, by, by_id, want) => expect(authorOf({ from_me: true, by, by_id }, "me", names)).toEqual(want));

it("names nobody of ours for what they wrote", () => expect(authorOf({ from_me: false }, "me", names)).toBeUndefined());
