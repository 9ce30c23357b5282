import { Store } from "@/lib/store";
import type { ChatFilter } from "./chats";

/** What the list is narrowed to; it stays while other pages are looked at. */
export const filterStore = new Store<ChatFilter>({ status: "open", archived: "none" });

export type ViewName = "open" | "mine" | "nobody" | "unread" | "waiting";

/** The views that are one touch away. Beside them a filter may name a device, a label, a team. */
export const views: Record<ViewName, ChatFilter> = {
	open: { status: "open", archived: "none" },
	mine: { status: "open", assignee: "me" },
	nobody: { status: "open", assignee: "none", archived: "none" },
	unread: { unread: "only" },
	waiting: { status: "open", waiting: "only", sort: "waiting" },
};

/** The parts of a filter that go with any view. */
export function extras(filter: ChatFilter): ChatFilter {
	const { device_id, label_id, team_id, kind, turn } = filter;
	return { device_id, label_id, team_id, kind, turn };
}

/** The view that a filter is, if it is one. */
export function viewOf(filter: ChatFilter): ViewName | undefined {
	const plain = clean({
		...filter,
		device_id: undefined,
		label_id: undefined,
		team_id: undefined,
		kind: undefined,
		turn: undefined,
		search: undefined,
	});
	return (Object.keys(views) as ViewName[]).find((name) => same(plain, views[name]));
}

/** A filter without what it does not narrow, so that equal filters have equal keys. */
export function clean(filter: ChatFilter): ChatFilter {
	return Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) as ChatFilter;
}

/** Whether two filters narrow the list alike. */
export function same(a: ChatFilter, b: ChatFilter): boolean {
	const sorted = (f: ChatFilter) => JSON.stringify(Object.entries(f).sort(([x], [y]) => (x < y ? -1 : 1)));
	return sorted(a) === sorted(b);
}
