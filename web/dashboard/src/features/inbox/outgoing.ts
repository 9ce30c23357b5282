import type { QueryClient } from "@tanstack/react-query";
import { type Identity, meKey } from "@/app/me";
import { api, ask, newKey } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { upload } from "@/lib/api/upload";
import { Store, useStore } from "@/lib/store";
import { dropUnsent, keepUnsent, type Owner, onUnsentDropped, unsentOf } from "@/lib/unsent";
import { messageKeys } from "./keys";
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
	/** Whose it is. Without an owner it lasts as long as the page. */
	owner?: Owner;
}

/** What of it is kept on this device: a file is too large for that. */
type Kept = Pick<Outgoing, "key" | "chat" | "said" | "at"> & {
	/** Why the server refused it. What the connection or the end of a session kept back is no refusal. */
	refused?: Pick<Fault, "status" | "code" | "text">;
};

/** The code of what has waited for so long that somebody has to see whether it is wanted, and was not sent after all. */
export const waitedLong = "waited_long";
/** How long that is, in milliseconds: the server knows for a day what it has taken. */
const long = 20 * 3_600_000;
/** After how long what was written is dropped, in milliseconds: nobody waits for it. */
const forever = 7 * 24 * 3_600_000;

const store = new Store<Outgoing[]>([]);

/** What of a chat is on its way to the server, in the order in which it was written. */
export function useOutgoing(chat: string): Outgoing[] {
	return useStore(store).filter((one) => one.chat === chat);
}

/** Whether this screen sends this text right now: its event is then told by the answer. */
export function sends(chat: string, text: string | undefined): boolean {
	return store.get().some((one) => one.chat === chat && !one.fault && (one.said.text ?? "") === (text ?? ""));
}

function isThere(key: string): boolean {
	return store.get().some((one) => one.key === key);
}

function change(key: string, more: Partial<Outgoing>): void {
	store.set(store.get().map((one) => (one.key === key ? keep({ ...one, ...more }) : one)));
}

/** Keeps it on this device, so that it outlives the page, and gives it back. */
function keep(one: Outgoing): Outgoing {
	const { key, chat, said, at, fault, owner, file } = one;
	if (!owner || file) return one;
	const kept: Kept = { key, chat, said, at };
	if (fault && fault.status !== 0 && fault.status !== 401)
		kept.refused = { status: fault.status, code: fault.code, text: fault.text };
	keepUnsent(owner, key, kept);
	return one;
}

/** Takes back what the server has not taken. */
export function forget(key: string): void {
	const owner = store.get().find((one) => one.key === key)?.owner;
	if (owner) dropUnsent(owner, key);
	store.set(store.get().filter((one) => one.key !== key));
}

/** Whoever is signed in. */
function ownerOf(client: QueryClient): Owner | undefined {
	const me = client.getQueryData<Identity | null>(meKey);
	return me?.person && { person: me.person.id, workspace: me.workspace.id };
}

/**
 * Takes up what whoever is signed in wrote before this page was there, and follows what their other pages do with it. The
 * answer ends it: then nobody is signed in, and what was written is nobody else's to see or to send.
 */
export function takeUp(client: QueryClient): () => void {
	const owner = ownerOf(client);
	if (!owner) return () => undefined;
	const here = store.get().filter((one) => one.owner?.person === owner.person);
	const kept = (unsentOf(owner) as Kept[]).filter(({ key }) => !here.some((one) => one.key === key));
	const before: Outgoing[] = [];
	for (const { refused, ...one } of kept.sort((a, b) => a.at - b.at)) {
		const age = Date.now() - one.at;
		const why = refused ?? (age > long ? { status: 409, code: waitedLong, text: "" } : undefined);
		if (age > forever) dropUnsent(owner, one.key);
		else before.push({ ...one, owner, fault: why && new Fault(why.status, why.code, why.text) });
	}
	store.set([...before, ...here]);
	for (const one of before) if (!one.fault) queue(client, one);
	const end = onUnsentDropped(owner, (key) => {
		const one = store.get().find((other) => other.key === key);
		if (!one) return;
		forget(key);
		// It may have been taken, and its event left to the answer that comes to the other page.
		void client.invalidateQueries({ queryKey: messageKeys.chat(one.chat) });
	});
	return () => {
		end();
		store.set([]);
	};
}

/** What is written into one chat goes one after the other, so that it arrives in that order. */
const lines = new Map<string, Promise<void>>();

/** Writes into a chat. The bubble is there at once; the answer says the rest. */
export function write(client: QueryClient, chat: string, said: Said, file?: File): void {
	const one = { key: newKey(), chat, said, at: Date.now(), file, progress: file && 0, owner: ownerOf(client) };
	store.set([...store.get(), keep(one)]);
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
	if (!isThere(one.key)) return; // taken back while it waited for its turn
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
