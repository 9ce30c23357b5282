import {
	infiniteQueryOptions,
	keepPreviousData,
	type QueryClient,
	queryOptions,
	useInfiniteQuery,
	useQuery,
	useQueryClient,
} from "@tanstack/react-query";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { byKey } from "@/lib/api/pages";
import { afterPaint } from "@/lib/idle";
import type { ChatFilter } from "./chats";
import { chatKeys, messageKeys } from "./keys";
import { known } from "./known";
import { learnOf, readChat } from "./labels";
import type { Place, Stretch } from "./model";

/** How many messages one stretch has. */
const stretch = 60;

/** For how long a list that was read before it is shown is as good as one that is read then, in milliseconds. */
const justNow = 2_000;

const chatsQuery = (filter: ChatFilter) =>
	infiniteQueryOptions({
		queryKey: chatKeys.list(filter),
		queryFn: async ({ pageParam: after, signal }) => {
			const page = await ask(api.GET("/chats", { params: { query: { ...filter, after, limit: 50 } }, signal }));
			learnOf(page.items);
			return page;
		},
		...byKey,
	});

export function useChats(filter: ChatFilter) {
	return useInfiniteQuery({
		...chatsQuery(filter),
		placeholderData: keepPreviousData,
		refetchOnMount: ({ state }) => (Date.now() - state.dataUpdatedAt < justNow ? false : "always"),
	});
}

const countsQuery = queryOptions({ queryKey: chatKeys.counts, queryFn: () => ask(api.GET("/chats/counts")) });

export function useCounts() {
	return useQuery(countsQuery);
}

/** Reads what the list of chats shows first. */
export function readList(client: QueryClient, filter: ChatFilter): Promise<unknown> {
	return Promise.all([client.prefetchInfiniteQuery(chatsQuery(filter)), client.prefetchQuery(countsQuery)]);
}

export function useChat(id: string) {
	const client = useQueryClient();
	return useQuery({
		queryKey: chatKeys.one(id),
		queryFn: () => readChat(id),
		enabled: id !== "",
		placeholderData: () => known(client, id),
	});
}

/**
 * Reads one stretch. The API gives a cursor to go on from any message, also the newest one; here newer is missing where
 * nothing newer is known of, so that events are appended and nothing is asked for in vain.
 */
async function read(chat: string, place: Place, signal: AbortSignal): Promise<Stretch> {
	const params = { path: { id: chat }, query: { ...place, limit: stretch } };
	const { items, older, newer } = await ask(api.GET("/chats/{id}/messages", { params, signal }));
	const goesOn = place.around !== undefined || (place.after !== undefined && items.length === stretch);
	return { items, older, newer: goesOn ? newer : undefined };
}

/** The messages of a chat: from its end backwards, or both ways from one of them. Events keep it like the server's. */
export function useThread(chat: string, around?: string) {
	return useInfiniteQuery({
		queryKey: messageKeys.thread(chat, around),
		queryFn: ({ pageParam, signal }) => read(chat, pageParam, signal),
		initialPageParam: (around ? { around } : {}) as Place,
		getPreviousPageParam: (first): Place | undefined => (first.older ? { before: first.older } : undefined),
		getNextPageParam: (last): Place | undefined => (last.newer ? { after: last.newer } : undefined),
		enabled: chat !== "",
		staleTime: Number.POSITIVE_INFINITY,
		refetchOnWindowFocus: false,
		refetchOnReconnect: false,
	});
}

export function useMembers() {
	const can = useCan();
	return useQuery({
		queryKey: ["members", "list", {}],
		queryFn: () => afterPaint().then(() => ask(api.GET("/members"))),
		enabled: can("members.read"),
		staleTime: 5 * 60_000,
	});
}

export function useTeams() {
	return useQuery({ queryKey: ["teams", "list", {}], queryFn: () => ask(api.GET("/teams")), staleTime: 5 * 60_000 });
}

export function useDevices() {
	return useQuery({ queryKey: ["devices", "list", {}], queryFn: () => ask(api.GET("/devices")) });
}

export function useLabels(device: string | undefined) {
	return useQuery({
		queryKey: ["labels", "list", device],
		queryFn: () => ask(api.GET("/devices/{id}/labels", { params: { path: { id: device ?? "" } } })),
		enabled: Boolean(device),
	});
}

export function useContact(id: string | undefined) {
	return useQuery({ ...contactQuery(id ?? ""), enabled: Boolean(id) });
}

/** The workspace's own fields of contacts. */
export function useContactFields() {
	return useQuery({ queryKey: ["contact-fields", "list"], queryFn: () => ask(api.GET("/contact-fields")) });
}

/** How a contact is asked for. */
export function contactQuery(id: string) {
	return queryOptions({
		queryKey: ["contacts", "one", id],
		queryFn: () => ask(api.GET("/contacts/{id}", { params: { path: { id } } })),
	});
}
