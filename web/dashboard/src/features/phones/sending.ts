import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { at, onNetwork } from "@/lib/phones/network";
import { networkKeys } from "@/lib/phones/queries";
import { Store, useStore } from "@/lib/store";
import { toastFault } from "@/ui";
import { newMessageId } from "./model";

/** A file on its way: base64, as the network takes it. */
export interface OutMedia {
	type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
	mime: string;
	data: string;
	caption?: string;
	filename?: string;
	seconds?: number;
	waveform?: string;
}

/** What a phone sends: one of these, and what it replies to. */
export interface Out {
	text?: string;
	media?: OutMedia;
	location?: { latitude: number; longitude: number; name: string; address: string };
	contact?: { name: string; vcard: string };
	poll?: { question: string; options: string[]; selectable: number };
	reaction?: { to: string; emoji: string };
	vote?: { poll: string; options: string[] };
	edit?: { id: string; text: string };
	revoke?: string;
	reply_to?: string;
}

/** A message that the phone's network has not taken yet. */
export interface Pending {
	id: string;
	number: string;
	chat: string;
	out: Out;
	failed: boolean;
}

const pending = new Store<Pending[]>([]);

const change = (id: string, fn: (one: Pending) => Pending | undefined) =>
	pending.set(pending.get().flatMap((one) => (one.id === id ? (fn(one) ?? []) : one)));

/** What of a chat is on its way, oldest first. */
export function usePending(number: string, chat: string): Pending[] {
	return useStore(pending).filter((one) => one.number === number && one.chat === chat);
}

/** Sends as a phone. What stands by itself shows at once; sent again it keeps its id, so that it arrives once. */
export function useSend(number: string, chat: string) {
	const client = useQueryClient();
	return {
		send(out: Out) {
			const one: Pending = { id: newMessageId(), number, chat, out, failed: false };
			if (!out.reaction && !out.vote && !out.edit && !out.revoke) pending.set([...pending.get(), one]);
			void post(client, one);
		},
		again(one: Pending) {
			change(one.id, (old) => ({ ...old, failed: false }));
			void post(client, one);
		},
		drop: (one: Pending) => change(one.id, () => undefined),
	};
}

async function post(client: QueryClient, one: Pending): Promise<void> {
	try {
		await onNetwork("POST", at(one.number, "/messages"), { to: one.chat, id: one.id, ...one.out });
		await client.invalidateQueries({ queryKey: networkKeys.phone(one.number) });
		change(one.id, () => undefined);
	} catch (error) {
		change(one.id, (old) => ({ ...old, failed: true }));
		toastFault(error);
	}
}

/** The most that is sent of a picture, a film or a sound, and of any other file, in bytes. */
export const largest = { media: 16 << 20, document: 40 << 20 };

/** What sort of message a file becomes. Pictures that phones don't draw go as documents. */
export function kindOf(mime: string): OutMedia["type"] {
	if (/^image\/(jpeg|png|webp|gif)$/.test(mime)) return "image";
	if (/^video\/(mp4|webm|3gpp|quicktime)$/.test(mime)) return "video";
	return mime.startsWith("audio/") ? "audio" : "document";
}

/** A file's bytes in base64. */
export function base64(file: Blob): Promise<string> {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();
		reader.onerror = () => reject(reader.error ?? new Error("the file can't be read"));
		reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
		reader.readAsDataURL(file);
	});
}

/** Loudnesses in base64, as messages carry them. */
export function waveformOf(loud: number[]): string {
	return btoa(String.fromCharCode(...loud));
}
