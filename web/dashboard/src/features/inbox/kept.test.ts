import { expect, test } from "vitest";
import { newestFirst, pinsAt } from "./kept";
import { labelOf, type Message, modifies, placeOf } from "./model";
import { moved, savedAs } from "./saved-views";
import { restyle, styleOfKey } from "./text-style";

const message = (id: string, content: object, more: object = {}) =>
	({ id, chat_id: "c", at: 1, content: { kind: "text", ...content }, ...more }) as unknown as Message;

test("pages of what is kept are read from the newest message back", () => {
	const pages = [{ items: [message("3", {}), message("4", {})] }, { items: [message("1", {}), message("2", {})] }];
	expect(newestFirst(pages).map((m) => m.id)).toEqual(["4", "3", "2", "1"]);
	expect(newestFirst(undefined)).toEqual([]);
});

test("three pins that hold are shown, whoever was pinned last first", () => {
	const pin = (at: number, until: number) => ({ pin: { at, until } });
	const list = [
		message("a", pin(1, 100)),
		message("b", pin(2, 100)),
		message("over", pin(9, 50)),
		message("taken off", pin(9, 0)),
		message("taken back", pin(9, 100), { revoked_at: 5 }),
		message("c", pin(3, 100)),
		message("d", pin(4, 100)),
		message("plain", {}),
	];
	expect(pinsAt(list, 60).map((m) => m.id)).toEqual(["d", "c", "b"]);
});

test("a pin is no bubble of its own", () => {
	expect(modifies(message("p", { kind: "pin" }))).toBe(true);
});

test("one line stands for a message", () => {
	const t = (key: string) => key;
	expect(labelOf(message("1", { text: "Halo" }), t)).toBe("Halo");
	expect(labelOf(message("2", { kind: "document", media: { filename: "a.pdf" } }), t)).toBe("a.pdf");
	expect(labelOf(message("3", { kind: "image", media: {} }), t)).toBe("kind_image");
	expect(labelOf(message("4", { kind: "poll", poll: { name: "Jadi?", options: [] } }), t)).toBe("Jadi?");
	expect(labelOf(message("5", { kind: "unknown" }), t)).toBe("aMessage");
});

test("a chosen part is put in a style, and taken out of it", () => {
	const once = restyle({ text: "mau pesan ya", from: 4, to: 10 }, "bold");
	expect(once).toEqual({ text: "mau *pesan* ya", from: 5, to: 10 });
	expect(restyle(once, "bold")).toEqual({ text: "mau pesan ya", from: 4, to: 9 });
	expect(restyle({ text: "*pesan*", from: 0, to: 7 }, "bold")).toEqual({ text: "pesan", from: 0, to: 5 });
	expect(restyle({ text: "a b", from: 0, to: 3 }, "mono").text).toBe("```a b```");
	expect(restyle({ text: "   ", from: 0, to: 3 }, "italic").text).toBe("   ");
	expect(restyle({ text: "halo", from: 2, to: 2 }, "italic")).toEqual({ text: "halo", from: 2, to: 2 });
	expect(styleOfKey("B")).toBe("bold");
	expect(styleOfKey("x")).toBeUndefined();
});

test("views are put in order, and known again", () => {
	expect(moved(["a", "b", "c"], "c", -1)).toEqual(["a", "c", "b"]);
	expect(moved(["a", "b"], "a", -1)).toEqual(["a", "b"]);
	expect(moved(["a", "b"], "x", 1)).toEqual(["a", "b"]);
	const view = { id: "v", filter: { status: "open", turn: "bot" } } as Parameters<typeof savedAs>[0][0];
	expect(savedAs([view], { turn: "bot", status: "open" })).toBe(view);
	expect(savedAs([view], { status: "open" })).toBeUndefined();
});

test("what can't be read has a word by whose it is and why", () => {
	const unreadable = (why: string, more = {}) => placeOf(message("6", { kind: "unreadable", why }, more));
	expect(unreadable("undecrypted")).toBe("unreadable");
	expect(unreadable("undecrypted", { from_me: true })).toBe("unreadableOurs");
	expect(unreadable("view_once")).toBe("unreadableOnce");
	expect(placeOf(message("7", { text: "Halo" }))).toBeUndefined();
});
