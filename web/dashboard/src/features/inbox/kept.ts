import { type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";
import type { LiveEvent } from "@/lib/live";
import type { Message, Stretch } from "./model";

/** What of a chat's messages is listed by itself. */
export type Only = "files" | "starred" | "pinned";

/** Under which keys queries keep it. */
export const keptKeys = {
	chat: (chat: string) => ["kept", chat] as const,
	of: (chat: string, only: Only) => ["kept", chat, only] as const,
};

/** The messages of a chat with files, stars or pins: the newest first, page by page. */
export function useKept(chat: string, only: Only) {
	return useInfiniteQuery({
		queryKey: keptKeys.of(chat, only),
		queryFn: ({ pageParam: before, signal }) =>
			ask(
				api.GET("/chats/{id}/messages", {
					params: { path: { id: chat }, query: { only, before, limit: 30 } },
					signal,
				}),
			) as Promise<Stretch>,
		initialPageParam: undefined as string | undefined,
		getNextPageParam: (last) => last.older,
	});
}

/** The messages of such pages, the newest first. */
export function newestFirst(pages: Stretch[] | undefined): Message[] {
	return pages?.flatMap((page) => page.items.toReversed()) ?? [];
}

/** How many messages stand above a thread at most: phones pin no more. */
const pinsMost = 3;

/** The messages that are pinned at a time, whoever was pinned last first. */
export function pinsAt(messages: Message[], now: number): Message[] {
	return messages
		.filter((m) => (m.content.pin?.until ?? 0) > now && !m.revoked_at)
		.sort((a, b) => (b.content.pin?.at ?? 0) - (a.content.pin?.at ?? 0))
		.slice(0, pinsMost);
}

const changing = new Set(["message.pinned", "message.marked", "message.revoked"]);

/** Has what is kept of a chat read again after an event that may have changed it. */
export function keepUp(client: QueryClient, event: LiveEvent, chat: string): void {
	const { message } = event.data as { message?: Message };
	if (changing.has(event.type) || message?.content.media)
		void client.invalidateQueries({ queryKey: keptKeys.chat(chat) });
}
