import { ownKey } from "@/lib/own";

const key = (person: string, chat: string) => ownKey(person, `draft.${chat}`);

/** What somebody was writing into a chat on this device, and when, in unix milliseconds. */
export interface Draft {
	text: string;
	at: number;
}

/** Somebody's draft of a chat; an empty one when nothing was being written, or the device keeps nothing. */
export function draftOf(person: string, chat: string): Draft {
	try {
		const [, at = "0", text = ""] = /^(\d+)\n([\s\S]*)$/.exec(localStorage.getItem(key(person, chat)) ?? "") ?? [];
		return { text, at: Number(at) };
	} catch {
		return { text: "", at: 0 };
	}
}

/** Keeps what somebody is writing into a chat. */
export function keepDraft(person: string, chat: string, { text, at }: Draft): void {
	try {
		if (text.trim()) localStorage.setItem(key(person, chat), `${at}\n${text}`);
		else localStorage.removeItem(key(person, chat));
	} catch {
		// It then lasts as long as the page.
	}
}
