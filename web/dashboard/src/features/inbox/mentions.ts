import { type QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";
import { byKey } from "@/lib/api/pages";
import { afterPaint } from "@/lib/idle";

/** Under which keys queries keep the notes that mention this member. */
export const mentionKeys = {
	all: ["mentions"] as const,
	list: ["mentions", "list"] as const,
	unread: ["mentions", "unread"] as const,
};

/** How many mentions this member has not read. */
export function useUnreadMentions(): number {
	const { data } = useQuery({
		queryKey: mentionKeys.unread,
		queryFn: () => afterPaint().then(() => ask(api.GET("/mentions/unread"))),
	});
	return data?.unread ?? 0;
}

/** The notes that mention this member, the newest first. */
export function useMentions() {
	return useInfiniteQuery({
		queryKey: mentionKeys.list,
		queryFn: ({ pageParam: after, signal }) =>
			ask(api.GET("/mentions", { params: { query: { after, limit: 30 } }, signal })),
		...byKey,
	});
}

/** Notes that this member has read what mentions them, in a chat or everywhere. */
export async function readMentions(client: QueryClient, chat?: string): Promise<void> {
	await api.POST("/mentions/read", { body: { chat_id: chat } });
	await client.invalidateQueries({ queryKey: mentionKeys.all });
}
