import { Store, useStore } from "@/lib/store";
import type { Message } from "./model";

const store = new Store<ReadonlyMap<string, Message>>(new Map());

/** Chooses the message that the next one written into its chat replies to. */
export function setReply(message: Message): void {
	store.set(new Map(store.get()).set(message.chat_id, message));
	document.getElementById("composer")?.focus();
}

export function clearReply(chat: string): void {
	const next = new Map(store.get());
	if (next.delete(chat)) store.set(next);
}

/** What the next message of a chat replies to. */
export function useReply(chat: string): Message | undefined {
	return useStore(store).get(chat);
}
