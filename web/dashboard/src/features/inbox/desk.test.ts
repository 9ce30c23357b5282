import { expect, it } from "vitest";
import { answering, mentionBegun, mentionedIn, type Note } from "./desk";
import type { Message } from "./model";
import { rowsOf } from "./rows";

const members = [
	{ id: "1", name: "Rina" },
	{ id: "2", name: "Budi Santoso" },
	{ id: "3", name: "" },
];

it("a note mentions whose name stands after an @", () => {
	expect(mentionedIn("@rina dan @Budi Santoso, cek stok", members)).toEqual(["1", "2"]);
	expect(mentionedIn("rina@toko.example", members)).toEqual([]);
	expect(mentionedIn("@", members)).toEqual([]);
});

it("a mention begins after a space, and not within an address", () => {
	expect(mentionBegun("cek @ri")).toBe("ri");
	expect(mentionBegun("@")).toBe("");
	expect(mentionBegun("rina@to")).toBeUndefined();
	expect(mentionBegun("@rina\nlalu")).toBeUndefined();
});

it("notes stand in the thread where they were written", () => {
	const message = (id: string, at: number): Message => ({
		id,
		at,
		from_me: false,
		chat_id: "c",
		device_id: "d",
		network_id: id,
		state: "received",
		content: { kind: "text" },
	});
	const note = (id: string, created_at: number): Note => ({
		id,
		created_at,
		chat_id: "c",
		device_id: "d",
		by: "member",
		by_id: "1",
		text: id,
		mentions: [],
	});
	const rows = rowsOf([message("a", 10), message("b", 20)], [], () => "today", 0, [
		note("old", 5),
		note("x", 15),
		note("y", 25),
	]);
	expect(rows.map((row) => row.key)).toEqual(["a", "x", "b", "y"]);
});

it.each([
	["online", false, "answersBy"],
	["restricted", false, "answersBy"],
	["online", true, "pausedFor"],
	["offline", true, "waitsFor"],
	["logged_out", false, "waitsFor"],
] as const)("of a device that is %s, paused %s, it is said: %s", (state, paused, want) => {
	expect(answering({ state, paused })).toBe(want);
});
