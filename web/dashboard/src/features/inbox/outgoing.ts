import type { QueryClient } from "@tanstack/react-query";
import { api, ask, newKey } from "@/lib/api/client";
import type { Fault } from "@/lib/api/fault";
import { upload } from "@/lib/api/upload";
import { Store, useStore } from "@/lib/store";
import { insert } from "./live";
import type { Said } from "./model";

/** Something that somebody wants to write and that the server has not taken yet. */
export interface Outgoing {
	/** Its Idempotency-Key: the same for every try. */
	key: string;
	chat: string;
	said: Said;
	at: number;
	/** A file that goes up first. */
	file?: File;
	/** How much of the file is up, 0 to 1. */
	progress?: number;
	/** Why it was not taken; it waits for somebody to try again. */
	fault?: Fault;
}

const store = new Store<Outgoing[]>([]);

/** What of a chat is on its way to the server, in the order in which it was written. */
export function useOutgoing(chat: string): Outgoing[] {
	return useStore(store).filter((one) => one.chat === chat);
}

/** Whether this screen sends this text right now: its event is then told by the answer. */
export function sends(chat: string, text: string | undefined): boolean {
	return store.get().some((one) => one.chat === chat && !one.fault && (one.said.text ?? "") === (text ?? ""));
}

function change(key: string, more: Partial<Outgoing>): void {
	store.set(store.get().map((one) => (one.key === key ? { ...one, ...more } : one)));
}

/** Takes back what the server has not taken. */
export function forget(key: string): void {
	store.set(store.get().filter((one) => one.key !== key));
}

/** What is written into one chat goes one after the other, so that it arrives in that order. */
const lines = new Map<string, Promise<void>>();

/** Writes into a chat. The bubble is there at once; the answer says the rest. */
export function write(client: QueryClient, chat: string, said: Said, file?: File): void {
	const one: Outgoing = { key: newKey(), chat, said, at: Date.now(), file, progress: file && 0 };
	store.set([...store.get(), one]);
	queue(client, one);
}

/** What stands in the composer when somebody sends it. */
export interface Written {
	text: string;
	replyTo?: string;
	/** A file that the server has already, of a template. */
	ready?: string;
	files: File[];
	/** Pictures and videos may be looked at once. */
	once: boolean;
}

/** Writes what stands in the composer: each file is a message, the first one has the text. */
export function writeAll(client: QueryClient, chat: string, { text, replyTo, ready, files, once }: Written): void {
	if (ready) {
		write(client, chat, { file_id: ready, text, reply_to: replyTo });
	} else if (files.length === 0) {
		const preview = /https?:\/\//i.test(text) || undefined;
		write(client, chat, { text, reply_to: replyTo, link_preview: preview });
	} else
		for (const [i, file] of files.entries()) {
			const first = i === 0 ? { text, reply_to: replyTo } : {};
			const seen = (once && /^(image|video)\//.test(file.type)) || undefined;
			write(client, chat, { ...first, filename: file.name.slice(0, 200), view_once: seen }, file);
		}
}

/** Tries again, under the same key: what was taken after all is not sent twice. */
export function again(client: QueryClient, one: Outgoing): void {
	change(one.key, { fault: undefined });
	queue(client, { ...one, fault: undefined });
}

/** Tries again what the connection alone has kept back, in the order in which it was written. What was refused waits for somebody. */
export function resume(client: QueryClient): void {
	for (const one of store.get()) if (one.fault?.status === 0) again(client, one);
}

function queue(client: QueryClient, one: Outgoing): void {
	const before = lines.get(one.chat) ?? Promise.resolve();
	lines.set(
		one.chat,
		before.then(() => send(client, one)),
	);
}

async function send(client: QueryClient, one: Outgoing): Promise<void> {
	try {
		let said = one.said;
		if (one.file && !said.file_id) {
			const fileId = await upload(one.file, one.key, (progress) => change(one.key, { progress }));
			said = { ...said, file_id: fileId };
			change(one.key, { said, progress: undefined });
		}
		const message = await ask(
			api.POST("/chats/{id}/messages", {
				params: { path: { id: one.chat }, header: { "Idempotency-Key": one.key } },
				body: said,
			}),
		);
		forget(one.key);
		insert(client, message);
	} catch (error) {
		change(one.key, { fault: error as Fault, progress: undefined });
	}
}
