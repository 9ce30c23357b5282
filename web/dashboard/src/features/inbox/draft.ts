const key = (chat: string) => `ping.draft.${chat}`;

/** What was being written into a chat on this device, and when, in unix milliseconds. */
export interface Draft {
	text: string;
	at: number;
}

/** The draft of a chat; an empty one when nothing was being written, or the device keeps nothing. */
export function draftOf(chat: string): Draft {
	try {
		const [, at = "0", text = ""] = /^(\d+)\n([\s\S]*)$/.exec(localStorage.getItem(key(chat)) ?? "") ?? [];
		return { text, at: Number(at) };
	} catch {
		return { text: "", at: 0 };
	}
}

/** Keeps what is being written into a chat. */
export function keepDraft(chat: string, text: string, at = Date.now()): void {
	try {
		if (text.trim()) localStorage.setItem(key(chat), `${at}\n${text}`);
		else localStorage.removeItem(key(chat));
	} catch {
		// It then lasts as long as the page.
	}
}
