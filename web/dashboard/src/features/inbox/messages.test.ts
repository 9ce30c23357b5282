import { describe, expect, it } from "vitest";
import { follows, messagesOf, patch, react, upsert } from "./messages";
import type { Message, Thread } from "./model";

function message(id: string, at: number, more: Partial<Message> = {}): Message {
	return {
		id,
		at,
		chat_id: "c",
		device_id: "d",
		from_me: true,
		network_id: `n-${id}`,
		state: "sent",
		content: { kind: "text", text: id },
		...more,
	};
}

function thread(items: Message[], newer?: string): Thread {
	return { pages: [{ items, newer }], pageParams: [undefined] };
}

const ids = (t: Thread) =>
	messagesOf(t)
		.map((m) => m.id)
		.join("");

describe("follows", () => {
	const cases: [string, string, boolean][] = [
		["delivered", "sent", true],
		["sent", "delivered", false],
		["read", "delivered", true],
		["queued", "read", false],
		["failed", "queued", true],
		["failed", "read", false],
		["held", "queued", true],
		["queued", "held", true],
		["sent", "sent", true],
	];
	it.each(cases)("%s after %s: %s", (next, now, want) => expect(follows(next, now)).toBe(want));
});

describe("upsert", () => {
	it("puts a message where its time is", () => {
		expect(ids(upsert(thread([message("a", 1), message("c", 3)]), message("b", 2)))).toBe("abc");
	});
	it("does not double one that is there, nor take its tick back", () => {
		const after = upsert(thread([message("a", 1, { state: "read" })]), message("a", 1, { state: "sent" }));
		expect(ids(after)).toBe("a");
		expect(messagesOf(after)[0]?.state).toBe("read");
	});
	it("leaves a stretch alone that does not reach the end", () => {
		expect(ids(upsert(thread([message("a", 1)], "later"), message("b", 2)))).toBe("a");
	});
	it("shows no bubble for a reaction", () => {
		const reaction = message("r", 2, { content: { kind: "reaction", text: "👍" } });
		expect(ids(upsert(thread([message("a", 1)]), reaction))).toBe("a");
	});
	it("begins an empty thread", () => expect(ids(upsert(thread([]), message("a", 1)))).toBe("a"));
});

it("patch gives back the same thread when the message is not in it", () => {
	const before = thread([message("a", 1)]);
	expect(patch(before, "x", (m) => m)).toBe(before);
});

it("react keeps one reaction of each, and takes it back", () => {
	const once = react(message("a", 1), "p", "👍", 1);
	const other = react(once, "p", "❤️", 2);
	expect(other.reactions?.map((r) => r.emoji)).toEqual(["❤️"]);
	expect(react(other, "p", "", 3).reactions).toEqual([]);
});
