import type { InfiniteData } from "@tanstack/react-query";
import type { Page } from "@/lib/api/pages";
import type { Chat } from "./model";

/** What the list shows. A field that is missing does not narrow it. */
export interface ChatFilter {
	/** A member's id, me or none. */
	assignee?: string;
	unread?: "only";
	waiting?: "only";
	status?: "open" | "snoozed" | "resolved";
	kind?: "people" | "groups";
	archived?: "only" | "none";
	device_id?: string;
	label_id?: string;
	team_id?: string;
	search?: string;
	sort?: "waiting" | "newest";
	turn?: "bot" | "human";
	pinned?: "only" | "none";
}

export type ChatList = InfiniteData<Page<Chat>, string | undefined>;

/** Whether a chat belongs into a list, as the server decides it. A search is the server's alone: undefined. */
export function belongs(chat: Chat, filter: ChatFilter, me: string): boolean | undefined {
	const tests: [boolean, boolean][] = [
		[filter.assignee !== undefined, is(chat.assignee_id, filter.assignee === "me" ? me : filter.assignee)],
		[filter.turn !== undefined, chat.turn === filter.turn],
		[filter.pinned !== undefined, chat.pinned === (filter.pinned === "only")],
		[filter.unread === "only", chat.unread > 0 || chat.marked_unread],
		[filter.waiting === "only", waits(chat)],
		[filter.status !== undefined, chat.status === filter.status],
		[filter.kind !== undefined, chat.group === (filter.kind === "groups")],
		[filter.archived !== undefined, chat.archived === (filter.archived === "only")],
		[filter.device_id !== undefined, chat.device_id === filter.device_id],
		[filter.label_id !== undefined, chat.labels.includes(filter.label_id ?? "")],
		[filter.team_id !== undefined, is(chat.team_id, filter.team_id)],
		[filter.sort === "waiting", Boolean(chat.waiting_since)],
	];
	if (tests.some(([asked, holds]) => asked && !holds)) return false;
	return filter.search ? undefined : Boolean(chat.last.at);
}

/** Whether a person of ours is to answer: a bot that has the turn and said nothing won't. In a group most is said to others. */
export function waits(chat: Chat): boolean {
	return Boolean(chat.waiting_since) && (chat.turn === "human" || !chat.group) && chat.status === "open";
}

/** Who answers a chat: nobody is a bot's turn where no bot is. bot is whether anything here answers by itself. */
export function answers(chat: Chat, bot: boolean | undefined): "bot" | "human" | "waits" | "nobody" {
	if (chat.turn === "human") return "human";
	if (waits(chat)) return "waits";
	return bot === false ? "nobody" : "bot";
}

/** Whether somebody is who is asked for; none is nobody. */
function is(who: string | undefined, asked: string | undefined): boolean {
	return asked === "none" ? !who : who === asked;
}

/** Whether a stands before b in a list. */
function before(a: Chat, b: Chat, sort: ChatFilter["sort"]): boolean {
	if (sort === "waiting") {
		const [x, y] = [a.waiting_since ?? 0, b.waiting_since ?? 0];
		return x < y || (x === y && a.id < b.id);
	}
	const [x, y] = [a.last.at ?? 0, b.last.at ?? 0];
	return x > y || (x === y && a.id > b.id);
}

/**
 * Puts a chat as it is now where it belongs in a list that pages by key. Past the end of what is loaded it is left out:
 * the next page brings it. The open chat stays, though it no longer belongs, until another one is opened.
 */
export function place(list: ChatList, chat: Chat, filter: ChatFilter, me: string, open?: string): ChatList {
	const was = list.pages.some((page) => page.items.some((c) => c.id === chat.id));
	const belongsNow = belongs(chat, filter, me) ?? was;
	if (!was && !belongsNow) return list;
	if (was && !belongsNow && chat.id === open) return swap(list, chat);
	const pages = list.pages.map((page) => ({ ...page, items: page.items.filter((c) => c.id !== chat.id) }));
	if (!belongsNow) return { ...list, pages };
	for (const page of pages) {
		const at = page.items.findIndex((c) => before(chat, c, filter.sort));
		if (at >= 0) {
			page.items.splice(at, 0, chat);
			return { ...list, pages };
		}
	}
	const last = pages.at(-1);
	if (last && !last.next) last.items.push(chat);
	return { ...list, pages };
}

function swap(list: ChatList, chat: Chat): ChatList {
	const pages = list.pages.map((page) => ({ ...page, items: page.items.map((c) => (c.id === chat.id ? chat : c)) }));
	return { ...list, pages };
}
