import type { InfiniteData } from "@tanstack/react-query";
import type { Schema } from "@/lib/api/client";
import { phoneNumber } from "@/lib/format";

export type Chat = Schema["ChatView"];
export type Message = Schema["ChatMessageView"];
export type Content = Schema["DeviceContent"];
export type Media = Schema["DeviceMedia"];
export type Said = Schema["ChatSaid"];

/** A stretch of a chat, with where it goes on. */
export interface Stretch {
	items: Message[];
	older?: string;
	newer?: string;
}

export type Thread = InfiniteData<Stretch, unknown>;

/** Where a stretch begins: around a message, before or after another stretch; nothing is the end of the chat. */
export interface Place {
	around?: string;
	before?: string;
	after?: string;
}

/** How somebody is called: by name, else by number. Without both it is the caller's to say. */
export function nameOf(contact: { name?: string; phone?: string }): string {
	return contact.name?.trim() || (contact.phone ? phoneNumber(contact.phone) : "");
}

// None is what could not be read and turned out to say nothing.
const modifying = new Set(["reaction", "edit", "revoke", "vote", "timer", "pin", "none"]);

/** Whether a message changes another one and has no bubble of its own. */
export function modifies(message: Message): boolean {
	return modifying.has(message.content.kind);
}

/** The word that stands in the place of a message that can't be read yet; nothing for any other. */
export function placeOf(message: Message): "unreadable" | "unreadableOurs" | "unreadableOnce" | undefined {
	const { kind, why } = message.content;
	if (kind !== "unreadable") return undefined;
	if (why === "view_once") return "unreadableOnce";
	return message.from_me ? "unreadableOurs" : "unreadable";
}

/** Kinds that carry a file. */
export const fileKinds = new Set(["image", "video", "audio", "voice", "document", "sticker"]);

/** Words for kinds of messages that carry a file, and for any other. */
export type KindWord = `kind_${"image" | "video" | "audio" | "voice" | "document" | "sticker"}` | "aMessage";

/** One line that stands for a message: its text, its file's name, or what it is. */
export function labelOf(message: Message, t: (key: KindWord) => string): string {
	const { kind, text, media, poll, location } = message.content;
	const said = text || media?.filename || poll?.name || location?.name;
	return said || t(fileKinds.has(kind) ? (`kind_${kind}` as KindWord) : "aMessage");
}
