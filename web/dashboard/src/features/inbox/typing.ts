import { Store, useStore } from "@/lib/store";

/** How long somebody types without a word of it, in milliseconds; the end is not always told. */
const longest = 20_000;

const store = new Store<ReadonlyMap<string, number>>(new Map());

/** Takes the hint that a contact types in a chat, or has stopped. */
export function contactTypes(chat: string, on: boolean): void {
	const next = new Map(store.get());
	if (on) {
		next.set(chat, Date.now());
		setTimeout(() => (store.get().get(chat) ?? 0) <= Date.now() - longest && contactTypes(chat, false), longest + 50);
	} else if (!next.delete(chat)) return;
	store.set(next);
}

/** Whether the contact of a chat types right now. */
export function useTyping(chat: string): boolean {
	return useStore(store).has(chat);
}
