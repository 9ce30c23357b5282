import { useMemo } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { Store, useStore } from "@/lib/store";
import type { Chat } from "./model";

/** What is shown of a label. */
export type Label = Schema["ChatLabelShown"];

/** The labels that are known, by id: chats bring theirs when they are read, an event what became of one. */
const store = new Store<ReadonlyMap<string, Label>>(new Map());

/** Takes in labels as they are now. What is deleted is forgotten, and so is what has no name yet. */
export function learn(labels: (Label & { deleted?: boolean })[]): void {
	const known = store.get();
	const next = new Map(known);
	for (const { id, name, color, deleted } of labels) {
		const was = known.get(id);
		if (deleted || !name.trim()) next.delete(id);
		else if (was?.name !== name || was.color !== color) next.set(id, { id, name, color });
	}
	if (next.size !== known.size || [...next].some(([id, label]) => known.get(id) !== label)) store.set(next);
}

/** Takes in the labels of chats that have just been read. */
export function learnOf(chats: Chat[]): void {
	learn(chats.flatMap((chat) => chat.labelled ?? []));
}

/** Reads a chat, and what its labels are called. */
export async function readChat(id: string): Promise<Chat> {
	const chat = await ask(api.GET("/chats/{id}", { params: { path: { id } } }));
	learnOf([chat]);
	return chat;
}

/** The labels with these ids, in their order, as far as they are known. */
export function useLabelsOf(ids: string[]): Label[] {
	const known = useStore(store);
	return useMemo(() => ids.map((id) => known.get(id)).filter((label) => label !== undefined), [ids, known]);
}
