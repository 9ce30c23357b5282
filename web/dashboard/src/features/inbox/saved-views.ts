import { type QueryClient, useQuery } from "@tanstack/react-query";
import { api, ask, type Schema } from "@/lib/api/client";
import { afterPaint } from "@/lib/idle";
import type { ChatFilter } from "./chats";
import { same } from "./view";

export type SavedView = Schema["DeskView"];

export const viewKeys = { list: ["views", "list"] as const };

/** The views that were saved: this member's and the shared ones, in this member's order. */
export function useSavedViews(): SavedView[] {
	const { data } = useQuery({
		queryKey: viewKeys.list,
		queryFn: () => afterPaint().then(() => ask(api.GET("/views"))),
	});
	return data?.items ?? [];
}

/** Has the views read again. */
export function viewsChanged(client: QueryClient): Promise<void> {
	return client.invalidateQueries({ queryKey: viewKeys.list });
}

/** The filter of a view. What this screen does not know of it narrows the list all the same: the server knows it. */
export function filterOf(view: SavedView): ChatFilter {
	return view.filter as ChatFilter;
}

/** The saved view that a filter is, if it is one. */
export function savedAs(views: SavedView[], filter: ChatFilter): SavedView | undefined {
	return views.find((view) => same(filterOf(view), filter));
}

/** The ids in the order that moving one of them up or down makes; the same when it can't be moved. */
export function moved(ids: string[], id: string, by: 1 | -1): string[] {
	const at = ids.indexOf(id);
	const to = at + by;
	if (at < 0 || to < 0 || to >= ids.length) return ids;
	const next = ids.toSpliced(at, 1);
	next.splice(to, 0, id);
	return next;
}
