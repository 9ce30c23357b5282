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

it("takes what was typed on the phone", () => {
	const { messages, hears } = screen([]);
	hears("message.sent", said({ by: "phone", state: "sent" }));
	expect(messages()).toHaveLength(1);
});
