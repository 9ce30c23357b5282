import type { Phone, PhoneMessage } from "@/lib/phones/network";

/** A message with what others made of it. */
export interface Line {
	message: PhoneMessage;
	/** One of each person, by number. */
	reactions: Record<string, string>;
	/** What each person chose, by number. */
	votes: Record<string, string[]>;
	/** The message that it replies to, as far as the phone has it. */
	quote?: PhoneMessage;
}

/** A chat in a phone's list. */
export interface PhoneChat {
	chat: string;
	last: PhoneMessage;
	unread: number;
}

/** They only change another message, and are no line of their own. */
const changing = new Set(["edit", "revoke", "reaction", "poll_vote", "pin"]);

/** A message is in a chat that people look at: not a status update, and not a newsletter's post. */
const talked = (m: PhoneMessage) => !m.chat.endsWith("@broadcast") && !m.chat.endsWith("@newsletter");

/** The lines of a chat, oldest first. */
export function linesOf(messages: PhoneMessage[], chat: string): Line[] {
	const lines: Line[] = [];
	const byId = new Map<string, Line>();
	for (const message of messages) {
		if (message.chat !== chat) continue;
		const target = message.target ? byId.get(message.target) : undefined;
		if (message.type === "reaction" && target) {
			target.reactions = { ...target.reactions, [message.from]: message.text };
			if (!message.text) delete target.reactions[message.from];
		}
		if (message.type === "poll_vote" && target) target.votes = { ...target.votes, [message.from]: message.votes ?? [] };
		if (changing.has(message.type)) continue;
		const quote = message.reply_to ? byId.get(message.reply_to)?.message : undefined;
		const line: Line = { message, reactions: {}, votes: {}, quote };
		lines.push(line);
		byId.set(message.id, line);
	}
	return lines;
}

/** The chats of a phone, the newest first. */
export function chatsOf(messages: PhoneMessage[]): PhoneChat[] {
	const chats = new Map<string, PhoneChat>();
	for (const message of messages) {
		if (changing.has(message.type) || !talked(message)) continue;
		const unread = !message.from_me && message.status === "received" ? 1 : 0;
		const old = chats.get(message.chat);
		chats.set(message.chat, { chat: message.chat, last: message, unread: (old?.unread ?? 0) + unread });
	}
	return [...chats.values()].sort((a, b) => b.last.timestamp_ms - a.last.timestamp_ms || b.last.seq - a.last.seq);
}

/** The chat that a phone opens with: a customer's with the shop, also before there is one; of a shop's own phone the list. */
export function firstChat(phone: Phone, chats: PhoneChat[], shops: string[]): string | undefined {
	if (phone.companions.length > 0) return undefined;
	return chats.find((one) => shops.includes(one.chat))?.chat ?? shops[0] ?? chats[0]?.chat;
}

/** How far an own message got, as a tick. */
export function tickOf(message: PhoneMessage): "sent" | "delivered" | "read" | "failed" {
	if (message.error) return "failed";
	if (message.status === "delivered") return "delivered";
	return message.status === "read" || message.status === "played" ? "read" : "sent";
}

/** A new id for a message, as phones make them: what is sent twice under one id arrives once. */
export function newMessageId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(9));
	return `3EB0${Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("")}`.toUpperCase();
}

/** Made-up people. */
const people = [
	"Ayu Kartika",
	"Bayu Nugroho",
	"Citra Anggraini",
	"Dimas Saputra",
	"Eka Puspita",
	"Fajar Hidayat",
	"Gita Maharani",
	"Hendra Wijaya",
	"Intan Permata",
	"Kirana Dewanti",
	"Laras Ningsih",
	"Mega Utami",
	"Nanda Prasetyo",
	"Putri Handayani",
	"Rizky Ramadhan",
	"Tiara Oktaviani",
];

/** A name for a new customer that nobody has yet, as long as there are any. */
export function newName(taken: string[]): string {
	const free = people.filter((name) => !taken.includes(name));
	const from = free.length > 0 ? free : people.map((name) => `${name} ${taken.length + 1}`);
	return from[Math.floor(Math.random() * from.length)] ?? "Pelanggan";
}
