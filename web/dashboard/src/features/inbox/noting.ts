import { Store, useStore } from "@/lib/store";
import type { Note } from "./desk";

const store = new Store<Note | undefined>(undefined);

/** Chooses the note that is being changed; undefined is none. */
export function setNoting(note: Note | undefined): void {
	store.set(note);
}

/** The note of a chat that is being changed. */
export function useNoting(chat: string): Note | undefined {
	const note = useStore(store);
	return note?.chat_id === chat ? note : undefined;
}
