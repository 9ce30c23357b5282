import type { QueryClient } from "@tanstack/react-query";
import type { ChatList } from "./chats";
import { chatKeys } from "./keys";
import type { Chat } from "./model";

/** The chat as it is known here. */
export function known(client: QueryClient, id: string): Chat | undefined {
	const one = client.getQueryData<Chat>(chatKeys.one(id));
	if (one) return one;
	for (const [, list] of client.getQueriesData<ChatList>({ queryKey: chatKeys.lists })) {
		const hit = list?.pages.flatMap((page) => page.items).find((c) => c.id === id);
		if (hit) return hit;
	}
	return undefined;
}
