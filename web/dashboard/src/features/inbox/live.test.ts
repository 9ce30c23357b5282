import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { messageKeys } from "./keys";
import { insert, take } from "./live";
import { messagesOf } from "./messages";
import type { Message, Thread } from "./model";

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
