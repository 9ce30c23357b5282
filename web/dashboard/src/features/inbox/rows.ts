import type { Note } from "./desk";
import type { Message } from "./model";
import type { Outgoing } from "./outgoing";

/** One line of a thread: a message or something on its way, with what stands above it. */
export interface Row {
	key: string;
	at: number;
	message?: Message;
	outgoing?: Outgoing;
	note?: Note;
	/** It is the first of its day. */
	day: boolean;
	/** It is the first of a run of one sender: it says who. */
	first: boolean;
	/** What nobody has looked at begins here. */
	fresh: boolean;
}

/** After how long a run of one sender begins anew, in milliseconds. */
const pause = 10 * 60_000;

/**
 * The lines of a thread, with the notes where they were written; those from before what is loaded are left out. dayOf says
 * on which day a time is; unread is how many at the end nobody has looked at.
 */
export function rowsOf(
	messages: Message[],
	outgoing: Outgoing[],
	dayOf: (at: number) => string,
	unread: number,
	notes: Note[] = [],
): Row[] {
	const rows: Row[] = [];
	let left = unread;
	let fresh = -1;
	for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
		if (messages[i]?.from_me || messages[i]?.content.group) continue;
		left--;
		fresh = i;
	}
	let before: { at: number; who: string; day: string } | undefined;
	const add = (row: Omit<Row, "day" | "first" | "fresh">, who: string, isFresh: boolean) => {
		const day = dayOf(row.at);
		const first = !before || before.day !== day || before.who !== who || row.at - before.at > pause || isFresh;
		rows.push({ ...row, day: before?.day !== day, first, fresh: isFresh });
		before = { at: row.at, who, day };
	};
	const from = messages[0]?.at ?? 0;
	const waiting = notes.filter((note) => note.created_at >= from);
	const addNotes = (until: number) => {
		for (let note = waiting[0]; note && note.created_at < until; note = waiting[0]) {
			waiting.shift();
			add({ key: note.id, at: note.created_at, note }, `note ${note.id}`, false);
		}
	};
	messages.forEach((message, i) => {
		addNotes(message.at);
		add({ key: message.id, at: message.at, message }, whoOf(message), i === fresh);
	});
	addNotes(Number.POSITIVE_INFINITY);
	for (const one of outgoing) add({ key: one.key, at: one.at, outgoing: one }, "me", false);
	return rows;
}

/** Whose run a message belongs to. What happened to a group is nobody's. */
function whoOf(message: Message): string {
	if (message.content.group) return "group";
	return message.from_me ? `me ${message.by_id ?? message.by ?? ""}` : (message.sender_id ?? "");
}
