import { describe, expect, it } from "vitest";
import { answers, belongs, type ChatFilter, type ChatList, place } from "./chats";
import type { Chat } from "./model";

function chat(id: string, at: number, more: Partial<Chat> = {}): Chat {
	return {
		id,
		device_id: "d",
		group: false,
		turn: "human",
		turn_version: 1,
		unread: 0,
		marked_unread: false,
		archived: false,
		pinned: false,
		muted_until: 0,
		labels: [],
		assign_version: 1,
		status: "open",
		created_at: 1,
		contact: { id: `c-${id}`, name: id, name_source: "push", group: false, created_at: 1, updated_at: 1 },
		last: { preview: "", from_me: false, at },
		...more,
	};
}

function list(...pages: Chat[][]): ChatList {
	return {
		pages: pages.map((items, i) => ({ items, next: i < pages.length - 1 ? `after-${i}` : undefined })),
		pageParams: pages.map(() => undefined),
	};
}

const ids = (l: ChatList) => l.pages.map((page) => page.items.map((c) => c.id).join(""));

describe("belongs", () => {
	const cases: [string, ChatFilter, Partial<Chat>, boolean | undefined][] = [
		["mine", { assignee: "me" }, { assignee_id: "me" }, true],
		["somebody else's", { assignee: "me" }, { assignee_id: "other" }, false],
		["nobody's", { assignee: "none" }, {}, true],
		["read, but marked as unread", { unread: "only" }, { marked_unread: true }, true],
		["the bot's, which did not answer", { waiting: "only" }, { waiting_since: 5, turn: "bot" }, true],
		["the bot's, which answered", { waiting: "only" }, { turn: "bot" }, false],
		["a group's, said to each other", { waiting: "only" }, { waiting_since: 5, turn: "bot", group: true }, false],
		["waiting", { waiting: "only" }, { waiting_since: 5 }, true],
		["resolved", { status: "open" }, { status: "resolved" }, false],
		["archived", { archived: "none" }, { archived: true }, false],
		["labelled", { label_id: "l" }, { labels: ["l"] }, true],
		["looked for by words", { search: "x" }, {}, undefined],
		["looked for by words, but resolved", { search: "x", status: "open" }, { status: "resolved" }, false],
	];
	it.each(cases)("%s", (_, filter, more, want) => expect(belongs(chat("a", 1, more), filter, "me")).toBe(want));
});

describe("answers", () => {
	const cases: [string, Partial<Chat>, boolean | undefined, ReturnType<typeof answers>][] = [
		["a person who has the turn", { waiting_since: 5 }, true, "human"],
		["nobody yet, where no rule fits", { turn: "bot", waiting_since: 5 }, true, "waits"],
		["nobody yet, where there are no rules", { turn: "bot", waiting_since: 5 }, false, "waits"],
		["the bot, which had the last word", { turn: "bot" }, true, "bot"],
		["no bot, where there is none", { turn: "bot" }, false, "nobody"],
		["no bot in a group, where there is none", { turn: "bot", group: true, waiting_since: 5 }, false, "nobody"],
		["the bot, as long as it is not known", { turn: "bot" }, undefined, "bot"],
	];
	it.each(cases)("%s", (_, more, bot, want) => expect(answers(chat("a", 1, more), bot)).toBe(want));
});

describe("place", () => {
	it("brings a chat with a new message to the top, across pages", () => {
		const before = list([chat("a", 9), chat("b", 8)], [chat("c", 7)]);
		expect(ids(place(before, chat("c", 10), {}, "me"))).toEqual(["cab", ""]);
	});
	it("takes out what no longer belongs", () => {
		const before = list([chat("a", 9), chat("b", 8)]);
		expect(ids(place(before, chat("a", 9, { status: "resolved" }), { status: "open" }, "me"))).toEqual(["b"]);
	});
	it("keeps the open chat where it is until another one is opened", () => {
		const before = list([chat("a", 9, { unread: 1 }), chat("b", 8, { unread: 1 })]);
		const after = place(before, chat("a", 9), { unread: "only" }, "me", "a");
		expect(ids(after)).toEqual(["ab"]);
		expect(after.pages[0]?.items[0]?.unread).toBe(0);
	});
	it("leaves what lies beyond the loaded pages to the next one", () => {
		const before = list([chat("a", 9)], []);
		before.pages.pop();
		expect(ids(place(before, chat("z", 1), {}, "me"))).toEqual(["a"]);
	});
	it("puts who waits longest first", () => {
		const before = list([chat("a", 1, { waiting_since: 5 }), chat("b", 1, { waiting_since: 9 })]);
		expect(ids(place(before, chat("c", 1, { waiting_since: 7 }), { sort: "waiting" }, "me"))).toEqual(["acb"]);
	});
	it("does not touch the list that it is given", () => {
		const before = list([chat("a", 9), chat("b", 8)]);
		place(before, chat("b", 10), {}, "me");
		expect(ids(before)).toEqual(["ab"]);
	});
});
