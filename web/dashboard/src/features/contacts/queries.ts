import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, ask } from "@/lib/api/client";
import { byKey } from "@/lib/api/pages";
import { toastFault } from "@/ui";
import { contactsKeys } from "./keys";
import type { Card, ContactFilter } from "./model";

const rarely = 5 * 60_000;

export function useContacts(filter: ContactFilter) {
	return useInfiniteQuery({
		queryKey: contactsKeys.list(filter),
		queryFn: ({ pageParam: after, signal }) =>
			ask(api.GET("/contacts", { params: { query: { ...filter, after, limit: 100 } }, signal })),
		...byKey,
		placeholderData: keepPreviousData,
	});
}

/** Beyond this it is only said that there are more: counting half a million takes as long as a second. */
const countedTo = 10_000;

/** How many the list has, which is more than is loaded of it. */
export function useContactCount(filter: ContactFilter) {
	const { sort: _, ...rest } = filter;
	// Everybody is counted from an index.
	const query = rest.search || rest.tag || rest.field ? { ...rest, most: countedTo } : rest;
	return useQuery({
		queryKey: contactsKeys.count(query),
		queryFn: ({ signal }) => ask(api.GET("/contacts/count", { params: { query }, signal })),
		placeholderData: keepPreviousData,
	});
}

export function useContact(id: string) {
	return useQuery({
		queryKey: contactsKeys.one(id),
		queryFn: () => ask(api.GET("/contacts/{id}", { params: { path: { id } } })),
	});
}

export function useTags() {
	return useQuery({ queryKey: contactsKeys.tags, queryFn: () => ask(api.GET("/tags")), staleTime: rarely });
}

export function useFields() {
	return useQuery({ queryKey: contactsKeys.fields, queryFn: () => ask(api.GET("/contact-fields")), staleTime: rarely });
}

export function useSegments() {
	return useQuery({ queryKey: contactsKeys.segments, queryFn: () => ask(api.GET("/segments")), staleTime: rarely });
}

export function useDevices() {
	return useQuery({ queryKey: ["devices", "list", {}], queryFn: () => ask(api.GET("/devices")) });
}

/** The channel whose numbers are entered here: that of the workspace's devices. */
export function useChannel(): string {
	const { data } = useDevices();
	return data?.items[0]?.channel ?? "whatsapp";
}

/** Runs a change of a contact: its answer is shown at once, lists are read again. The answer is whether it went well. */
export function useSave(id: string) {
	const client = useQueryClient();
	return useCallback(
		async (change: () => Promise<Card | undefined>): Promise<boolean> => {
			try {
				const card = await change();
				if (card) client.setQueryData(contactsKeys.one(id), card);
				else void client.invalidateQueries({ queryKey: contactsKeys.one(id) });
				void client.invalidateQueries({ queryKey: [...contactsKeys.all, "list"] });
				return true;
			} catch (error) {
				toastFault(error);
				return false;
			}
		},
		[client, id],
	);
}
