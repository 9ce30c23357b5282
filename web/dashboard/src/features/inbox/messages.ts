import { type Message, modifies, type Thread } from "./model";

/** How far a message of ours got. What has no rank is an end, or a pause that anything may follow. */
const rank: Record<string, number> = { queued: 1, claimed: 2, sent: 4, delivered: 5, read: 6 };

/** Whether a state may follow another: news that come late must not take a tick back. */
export function follows(next: string, now: string): boolean {
	const [a, b] = [rank[next], rank[now]];
	if (a === undefined) return (b ?? 0) < 4;
	return b === undefined || a >= b;
}

/** What is known of a message that arrives again: the newer of both, with the further of both states. */
export function newer(next: Message, now: Message): Message {
	return follows(next.state, now.state) ? next : { ...next, state: now.state, code: now.code };
}

/** Changes the message with an id, wherever it is loaded; the same thread when it is not. */
export function patch(thread: Thread, id: string, change: (message: Message) => Message): Thread {
	if (!thread.pages.some((page) => page.items.some((m) => m.id === id))) return thread;
	const pages = thread.pages.map((page) =>
		page.items.some((m) => m.id === id)
			? { ...page, items: page.items.map((m) => (m.id === id ? change(m) : m)) }
			: page,
	);
	return { ...thread, pages };
}

/** Takes a message out. */
export function without(thread: Thread, id: string): Thread {
	return { ...thread, pages: thread.pages.map((page) => ({ ...page, items: page.items.filter((m) => m.id !== id) })) };
}

/** Puts a message in its place, or in that of what is known of it. A stretch that does not reach the end takes no new one. */
export function upsert(thread: Thread, message: Message): Thread {
	if (modifies(message)) return thread;
	if (thread.pages.some((page) => page.items.some((m) => m.id === message.id)))
		return patch(thread, message.id, (now) => newer(message, now));
	const last = thread.pages.at(-1);
	if (!last || last.newer) return thread;
	const at = last.items.findLastIndex((m) => m.at <= message.at) + 1;
	if (at === 0 && last.items.length > 0) return thread; // older than the stretch: the page before it has it
	const items = [...last.items.slice(0, at), message, ...last.items.slice(at)];
	return { ...thread, pages: [...thread.pages.slice(0, -1), { ...last, items }] };
}

/** All messages of a thread in time order. */
export function messagesOf(thread: Thread | undefined): Message[] {
	return thread?.pages.flatMap((page) => page.items) ?? [];
}

/** Sets or takes back what somebody thinks of a message; "" is the account itself. */
export function react(message: Message, sender: string, emoji: string, at: number): Message {
	const others = (message.reactions ?? []).filter((r) => r.sender_id !== sender);
	return { ...message, reactions: emoji ? [...others, { sender_id: sender, emoji, at }] : others };
}
