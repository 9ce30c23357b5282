import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask, type Schema } from "@/lib/api/client";
import { byKey, type Page } from "@/lib/api/pages";
import { useEvents } from "@/lib/live";
import { toastFault } from "@/ui";
import { broadcastsKeys } from "./keys";
import { type Broadcast, moving, newer, over, type State, type Status } from "./model";

const rarely = 5 * 60_000;
/** Without events, what moves is looked at so often, in milliseconds. */
const look = 5_000;

export function useBroadcasts(state: State | undefined) {
	useProgress();
	return useInfiniteQuery({
		queryKey: broadcastsKeys.list({ state }),
		queryFn: ({ pageParam: after, signal }) =>
			ask(api.GET("/broadcasts", { params: { query: { state, after, limit: 30 } }, signal })),
		...byKey,
		placeholderData: keepPreviousData,
		refetchOnMount: "always",
	});
}

export function useBroadcast(id: string | undefined) {
	useProgress();
	return useQuery({
		queryKey: broadcastsKeys.one(id ?? ""),
		queryFn: ({ signal }) => ask(api.GET("/broadcasts/{id}", { params: { path: { id: id ?? "" } }, signal })),
		enabled: Boolean(id),
		refetchOnMount: "always",
		refetchInterval: (query) => (query.state.data && moving(query.state.data.state) ? look : false),
	});
}

/** Takes in what is told of broadcasts while they run, without reading them again. */
function useProgress() {
	const client = useQueryClient();
	useEvents(["broadcast.progress"], (event) => {
		const told = event.data as Broadcast;
		client.setQueryData<Broadcast>(broadcastsKeys.one(told.id), (read) => read && newer(read, told));
		client.setQueriesData<{ pages: Page<Broadcast>[] }>({ queryKey: broadcastsKeys.lists }, (list) =>
			list?.pages
				? {
						...list,
						pages: list.pages.map((page) => ({
							...page,
							items: page.items.map((one) => (one.id === told.id ? newer(one, told) : one)),
						})),
					}
				: list,
		);
	});
}

export function useRecipients(id: string, filter: { state?: Status; code?: string }) {
	return useInfiniteQuery({
		queryKey: broadcastsKeys.recipients(id, filter),
		queryFn: ({ pageParam: after, signal }) =>
			ask(
				api.GET("/broadcasts/{id}/recipients", {
					params: { path: { id }, query: { ...filter, after, limit: 50 } },
					signal,
				}),
			),
		...byKey,
		placeholderData: keepPreviousData,
		refetchOnMount: "always",
	});
}

export type Deed = "prepare" | "start" | "pause" | "resume" | "cancel";

/** Does something to a broadcast, and shows at once what became of it. */
export function useDeed(id: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (deed: Deed) => {
			const params = { path: { id } };
			switch (deed) {
				case "prepare":
					return ask(api.POST("/broadcasts/{id}/prepare", { params }));
				case "start":
					return ask(api.POST("/broadcasts/{id}/start", { params }));
				case "pause":
					return ask(api.POST("/broadcasts/{id}/pause", { params }));
				case "resume":
					return ask(api.POST("/broadcasts/{id}/resume", { params }));
				case "cancel":
					return ask(api.POST("/broadcasts/{id}/cancel", { params }));
			}
		},
		onSuccess: (now) => {
			if (now) client.setQueryData(broadcastsKeys.one(id), now);
		},
		onError: toastFault,
		onSettled: () => client.invalidateQueries({ queryKey: broadcastsKeys.all }),
	});
}

/** Ends what is being counted or waits, and forgets it. What is gone already is fine. */
export async function drop(id: string): Promise<void> {
	const params = { path: { id } };
	const one = await ask(api.GET("/broadcasts/{id}", { params })).catch(() => undefined);
	if (!one) return;
	if (one.state !== "draft" && one.state !== "ready" && !over(one.state))
		await ask(api.POST("/broadcasts/{id}/cancel", { params }));
	await ask(api.DELETE("/broadcasts/{id}", { params }));
}

export function useRemove() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: drop,
		onError: toastFault,
		onSettled: () => client.invalidateQueries({ queryKey: broadcastsKeys.lists }),
	});
}

export function useDevices() {
	return useQuery({
		queryKey: ["devices", "list", { limit: 200 }],
		queryFn: () => ask(api.GET("/devices", { params: { query: { limit: 200 } } })),
	});
}

/** The numbers of the paces that have a name; any device tells them. */
export function usePaces(device: string | undefined) {
	return useQuery({
		queryKey: ["devices", "pace", device],
		queryFn: () => ask(api.GET("/devices/{id}/pace", { params: { path: { id: device ?? "" } } })),
		select: (pace) => pace.presets ?? [],
		enabled: Boolean(device),
		staleTime: rarely,
	});
}

export function useSegments() {
	return useQuery({ queryKey: ["segments", "list"], queryFn: () => ask(api.GET("/segments")), staleTime: rarely });
}

export function useTags() {
	return useQuery({ queryKey: ["tags", "list"], queryFn: () => ask(api.GET("/tags")), staleTime: rarely });
}

export function useFields() {
	return useQuery({
		queryKey: ["contact-fields", "list"],
		queryFn: () => ask(api.GET("/contact-fields")),
		staleTime: rarely,
	});
}

export function useTemplates() {
	return useQuery({
		queryKey: ["templates", "list", { limit: 200 }],
		queryFn: () => ask(api.GET("/templates", { params: { query: { limit: 200 } } })),
	});
}

/** What narrows the contacts to an audience, beside that they are people. */
export interface Reach {
	segment_id?: string;
	filter?: string;
}

/** How many contacts an audience finds, and how many of them want no broadcasts. */
export function useReach(reach: Reach | undefined) {
	return useQuery({
		queryKey: ["contacts", "reach", reach],
		queryFn: async ({ signal }) => {
			const count = (consent?: "out") =>
				ask(api.GET("/contacts/count", { params: { query: { ...reach, kind: "people", consent } }, signal }));
			const [all, out] = await Promise.all([count(), count("out")]);
			return { all: all.count, out: out.count };
		},
		enabled: Boolean(reach),
		placeholderData: keepPreviousData,
	});
}

/** The first of those whom an audience finds. */
export function useSome(reach: Reach | undefined, limit: number) {
	return useQuery({
		queryKey: ["contacts", "some", reach, limit],
		queryFn: ({ signal }) =>
			ask(
				api.GET("/contacts", { params: { query: { ...reach, kind: "people", sort: "last_message", limit } }, signal }),
			),
		enabled: Boolean(reach),
	});
}

/** Contacts that are found by a part of their name or number; without one, those who wrote last. */
export function useFound(search: string) {
	return useQuery({
		queryKey: ["contacts", "found", search],
		queryFn: ({ signal }) =>
			ask(
				api.GET("/contacts", {
					params: { query: { search: search || undefined, kind: "people", sort: "last_message", limit: 30 } },
					signal,
				}),
			),
		placeholderData: keepPreviousData,
	});
}

/** The groups that a device's account is in, by name. */
export function useGroups(device: string) {
	return useQuery({
		queryKey: ["groups", device],
		queryFn: async ({ signal }) => {
			const all: Schema["GroupView"][] = [];
			for (let after: string | undefined; ; ) {
				const page = await ask(
					api.GET("/devices/{id}/groups", { params: { path: { id: device }, query: { after, limit: 200 } }, signal }),
				);
				all.push(...page.items);
				after = page.next;
				if (!after) return all.sort((a, b) => a.name.localeCompare(b.name));
			}
		},
		staleTime: rarely,
	});
}
