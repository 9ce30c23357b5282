import type { QueryClient } from "@tanstack/react-query";
import { api, ask, type Schema } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import type { LiveEvent } from "@/lib/live";
import { type ChatFilter, type ChatList, place } from "./chats";
import { chatKeys, messageKeys } from "./keys";
import { known } from "./known";
import { learn, readChat } from "./labels";
import { follows, patch, react, upsert, without } from "./messages";
import { type Chat, type Message, modifies, type Thread } from "./model";

type Progress = Schema["EventProgress"];

/** The newest states that were told of messages, for those that arrive after their own news. */
const told = new Map<string, Progress>();
const toldMost = 500;

/** Until when a message is held, as it was told; unix milliseconds. */
export function heldUntil(id: string): number | undefined {
	const progress = told.get(id);
	return progress?.state === "held" ? progress.until : undefined;
}

/** Puts a message into the threads that are loaded. */
export function insert(client: QueryClient, message: Message): void {
	const news = told.get(message.id);
	const known =
		news && follows(news.state, message.state) ? { ...message, state: news.state, code: news.code } : message;
	threads(client, message.chat_id, (thread) => upsert(thread, known));
}

function threads(client: QueryClient, chat: string, change: (thread: Thread) => Thread): void {
	client.setQueriesData<Thread>({ queryKey: messageKeys.chat(chat) }, (thread) =>
		thread?.pages ? change(thread) : thread,
	);
}

/** Changes a message in the threads that are loaded. */
export function alter(client: QueryClient, chat: string, id: string, change: (message: Message) => Message): void {
	threads(client, chat, (thread) => patch(thread, id, change));
}

/** Has a message be as far as was told, unless it is further. */
function advance(client: QueryClient, chat: string, id: string, to: Pick<Message, "state" | "code">): void {
	alter(client, chat, id, (now) => (follows(to.state, now.state) ? { ...now, state: to.state, code: to.code } : now));
}

/** Puts a chat as it is now into the lists that are loaded. */
export function settle(client: QueryClient, chat: Chat, me: string, open?: string): void {
	client.setQueryData(chatKeys.one(chat.id), chat);
	for (const [key, list] of client.getQueriesData<ChatList>({ queryKey: chatKeys.lists })) {
		if (list) client.setQueryData(key, place(list, chat, key[2] as ChatFilter, me, open));
	}
}

/** How much of a text a list shows, as the server cuts it. */
const previewMost = 120;

/** Messages of one second have one time; in milliseconds. */
const second = 1_000;

/** Puts a text that has just arrived into its chat's row, before the chat is read again: who looks at the list sees it at once. */
export function arrive(client: QueryClient, event: LiveEvent, me: string, open?: string): void {
	const { message, chat: now } = event.data as Schema["EventMessage"];
	const chat = known(client, message.chat_id);
	const text = message.content.text;
	const newest = chat?.last.at ?? 0;
	if (!chat || !text || modifies(message) || newest > message.at + second) return;
	const preview = [...(text.split(/[\r\n]/, 1)[0] ?? "")].slice(0, previewMost).join("");
	const { id: message_id, from_me } = message;
	const last = { message_id, at: Math.max(message.at, newest), kind: message.content.kind, preview, from_me };
	const { unread, turn, turn_version, status = chat.status } = now;
	settle(client, { ...chat, unread, turn, turn_version, status, last }, me, open);
}

/** Drops a chat that is gone. */
function drop(client: QueryClient, id: string): void {
	for (const [key, list] of client.getQueriesData<ChatList>({ queryKey: chatKeys.lists })) {
		if (!list) continue;
		const pages = list.pages.map((page) => ({ ...page, items: page.items.filter((c) => c.id !== id) }));
		client.setQueryData(key, { ...list, pages });
	}
	client.removeQueries({ queryKey: messageKeys.chat(id) });
}

/** Takes what an event says into what is on the screen, before anything is read again. */
export function take(client: QueryClient, event: LiveEvent, mine: (chat: string, text?: string) => boolean): void {
	const data = event.data as Schema["EventMessage"] & Progress & Schema["EventReaction"] & Schema["EventMark"];
	switch (event.type) {
		case "chat.marked":
			if (data.label) learn([data.label]);
			return;
		case "label.changed":
			learn([event.data as Schema["EventLabelData"]]);
			return;
		case "message.queued":
			if (!mine(data.message.chat_id, data.message.content.text)) insert(client, data.message);
			return;
		case "message.sent":
			// Of what was sent from here it says how far it got, not who wrote it and when.
			if (data.message.by !== "phone") {
				advance(client, data.message.chat_id, data.message.id, data.message);
				return;
			}
			if (!modifies(data.message)) insert(client, data.message);
			return;
		case "message.received":
		case "message.unreadable":
			if (!modifies(data.message)) insert(client, data.message);
			return;
		case "call.received":
		case "group.created":
		case "group.joined":
		case "group.left":
		case "group.promoted":
		case "group.demoted":
		case "group.changed":
		case "group.requested":
		case "group.deleted":
			if (data.message) insert(client, data.message);
			return;
		case "call.rejected":
			if (data.message) alter(client, data.message.chat_id, data.message.id, () => data.message);
			return;
		case "message.edited":
		case "message.revoked":
			alter(client, data.message.chat_id, data.message.id, (now) => ({ ...now, ...data.message, state: now.state }));
			return;
		case "message.pinned":
			alter(client, data.message.chat_id, data.message.id, (now) => ({ ...now, content: data.message.content }));
			return;
		case "message.state":
			remember(data);
			advance(client, data.chat_id, data.message_id, data);
			return;
		case "message.reaction":
			alter(client, data.chat_id, data.message_id, (now) => react(now, data.by?.id ?? "", data.emoji, data.at));
	}
}

function remember(progress: Progress): void {
	told.delete(progress.message_id);
	told.set(progress.message_id, progress);
	const oldest = told.keys().next().value;
	if (told.size > toldMost && oldest) told.delete(oldest);
}

/** The chat that an event is about. */
export function chatOf(event: LiveEvent): string | undefined {
	const data = event.data as { chat_id?: string; message?: Message; chat?: { id: string } };
	return data.message?.chat_id ?? data.chat_id ?? data.chat?.id;
}

/** Whether something was deleted, or became part of another; when there was no answer, it may well be there. */
function isGone(error: unknown): boolean {
	return error instanceof Fault && error.status === 404;
}

/** Reads a chat again, and puts it where it belongs. What can't be read stays as it was, and the lists are read when they can be. */
export async function refresh(client: QueryClient, id: string, me: string, open?: string): Promise<void> {
	try {
		settle(client, await readChat(id), me, open);
	} catch (error) {
		if (isGone(error)) drop(client, id);
		else void client.invalidateQueries({ queryKey: chatKeys.all });
	}
}

/** Reads a message again: marks, votes. One that is gone is taken out. */
export async function rereadMessage(client: QueryClient, chat: string, id: string): Promise<void> {
	try {
		const message = await ask(api.GET("/messages/{id}", { params: { path: { id } } }));
		if (modifies(message)) threads(client, chat, (thread) => without(thread, id));
		else alter(client, chat, id, () => message);
	} catch (error) {
		if (isGone(error)) threads(client, chat, (thread) => without(thread, id));
		else void client.invalidateQueries({ queryKey: messageKeys.chat(chat) });
	}
}
