import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import type { ChatList } from "./chats";
import { chatKeys, messageKeys } from "./keys";
import { arrive, insert, refresh, rereadMessage, take } from "./live";
import { messagesOf } from "./messages";
import type { Chat, Message, Thread } from "./model";

const said = (more: Partial<Message>): Message =>
	({
		id: "m",
		chat_id: "c",
		from_me: true,
		at: 5,
		content: { kind: "text", text: "Halo" },
		state: "queued",
		...more,
	}) as Message;

afterEach(() => vi.unstubAllGlobals());

function screen(items: Message[]) {
	const client = new QueryClient();
	client.setQueryData<Thread>(messageKeys.thread("c"), { pages: [{ items }], pageParams: [{}] } as unknown as Thread);
	const messages = () => messagesOf(client.getQueryData<Thread>(messageKeys.thread("c")));
	const hears = (type: string, message: Message) => take(client, { type, data: { message } }, () => false);
	return { client, messages, hears };
}

it("lets the news that a message was sent change how far it is, and not who wrote it and when", () => {
	const { messages, hears } = screen([said({ by: "member", by_id: "ani" })]);
	hears("message.sent", said({ at: 0, state: "delivered" }));
	expect(messages()).toEqual([said({ by: "member", by_id: "ani", state: "delivered", code: undefined })]);
	hears("message.sent", said({ at: 0, state: "sent" }));
	expect(messages()[0]?.state).toBe("delivered");
});

it("waits for the message itself when the news that it was sent is faster", () => {
	const { client, messages, hears } = screen([]);
	hears("message.sent", said({ at: 0, state: "delivered" }));
	expect(messages()).toEqual([]);
	insert(client, said({ by: "member" }));
	expect(messages()).toEqual([said({ by: "member" })]);
});

it("puts what a message says in the place that it had before it could be read", () => {
	const { messages, hears } = screen([]);
	const theirs = said({ from_me: false, state: "received" });
	const place = { ...theirs, content: { kind: "unreadable", why: "undecrypted" } } as Message;
	hears("message.unreadable", place);
	hears("message.received", said({ id: "later", from_me: false, state: "received", at: 6 }));
	expect(messages()[0]).toEqual(place);
	hears("message.received", theirs);
	expect(messages().map((m) => [m.id, m.content.kind])).toEqual([
		["m", "text"],
		["later", "text"],
	]);
});

it("takes what was typed on the phone", () => {
	const { messages, hears } = screen([]);
	hears("message.sent", said({ by: "phone", state: "sent" }));
	expect(messages()).toHaveLength(1);
});

it("shows in the list what has just arrived, before the chat is read again", () => {
	const client = new QueryClient();
	const chat = (id: string, at: number) =>
		({
			id,
			unread: 0,
			status: "resolved",
			turn: "bot",
			labels: [],
			last: { at, kind: "image", preview: "" },
		}) as unknown as Chat;
	const key = chatKeys.list({});
	client.setQueryData(key, { pages: [{ items: [chat("other", 8_000), chat("c", 4_000)] }], pageParams: [undefined] });
	const rows = () =>
		client.getQueryData<ChatList>(key)?.pages[0]?.items.map((c) => [c.id, c.unread, c.status, c.last.preview]);
	const hears = (message: Message) => {
		const now = { id: message.chat_id, unread: 1, status: "open", turn: "bot", turn_version: 1 };
		arrive(client, { type: "message.received", data: { message, chat: now } }, "ani");
	};
	hears(
		said({
			at: 9_000,
			from_me: false,
			content: { kind: "text", text: `${"é".repeat(130)}\nmore` } as Message["content"],
		}),
	);
	expect(rows()).toEqual([
		["c", 1, "open", "é".repeat(120)],
		["other", 0, "resolved", ""],
	]);
	hears(said({ id: "late", at: 3_000, from_me: false })); // it does not stand above what came after it
	hears(said({ id: "strange", chat_id: "unknown", at: 10_000, from_me: false }));
	expect(rows()?.map((row) => row[3])).toEqual(["é".repeat(120), ""]);
	hears(said({ id: "same second", at: 8_500, from_me: false }));
	expect(rows()?.map((row) => row[3])).toEqual(["Halo", ""]);
});

it("keeps a chat and its messages when the connection is cut, and drops what is gone", async () => {
	const { client, messages } = screen([said({})]);
	const key = chatKeys.list({});
	const chat = { id: "c", labels: [], last: { at: 1 } } as unknown as Chat;
	client.setQueryData<ChatList>(key, { pages: [{ items: [chat] }], pageParams: [undefined] });
	const rows = () => client.getQueryData<ChatList>(key)?.pages[0]?.items.length;
	vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
	await refresh(client, "c", "ani");
	await rereadMessage(client, "c", "m");
	expect([rows(), messages().length], "rows and messages without a connection").toEqual([1, 1]);
	expect(client.getQueryState(key)?.isInvalidated, "the list is read again when it can be").toBe(true);
	const gone = JSON.stringify({ error: { code: "not_found", message: "gone" } });
	vi.stubGlobal("fetch", () => Promise.resolve(new Response(gone, { status: 404 })));
	await rereadMessage(client, "c", "m");
	expect(messages().length, "messages, when this one is gone").toBe(0);
	await refresh(client, "c", "ani");
	expect(rows(), "rows, when the chat is gone").toBe(0);
});
