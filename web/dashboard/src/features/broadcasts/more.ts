import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask, base, type Schema } from "@/lib/api/client";
import { toastFault } from "@/ui";
import type { Preset, Variant } from "./draft";
import { broadcastsKeys } from "./keys";
import { type Broadcast, gone } from "./model";

export type Funnel = Schema["BroadcastFunnel"];

/** The figures of a broadcast. They are counted anew by reading its whole ledger: while it runs, by and by. */
export function useResults(one: Broadcast) {
	return useQuery({
		queryKey: broadcastsKeys.results(one.id),
		queryFn: ({ signal }) => ask(api.GET("/broadcasts/{id}/results", { params: { path: { id: one.id } }, signal })),
		refetchInterval: one.state === "running" ? 15_000 : false,
		enabled: gone(one.counts) > 0,
	});
}

/** How often at most the reasons are counted anew while people fail, in milliseconds. */
const recount = 15_000;

/** Why people failed. It is asked again only when another number has. */
export function useFailures(one: Broadcast) {
	const { failed } = one.counts;
	return useQuery({
		queryKey: broadcastsKeys.failures(one.id),
		queryFn: ({ signal }) => ask(api.GET("/broadcasts/{id}/failures", { params: { path: { id: one.id } }, signal })),
		refetchInterval: ({ state: { data } }) => (data && data.again + data.lost !== failed ? recount : false),
		enabled: failed > 0,
	});
}

/** The first three times at which a broadcast with this start and rule would go. */
export function useTimes(startAt: number, rule: string) {
	return useQuery({
		queryKey: broadcastsKeys.times(startAt, rule),
		queryFn: ({ signal }) =>
			ask(api.GET("/broadcasts/times", { params: { query: { start_at: startAt, repeat: rule } }, signal })),
	});
}

/** The newest of a broadcast's series. */
export function useSeries(one: Broadcast) {
	const series = one.series_id ?? "";
	return useQuery({
		queryKey: broadcastsKeys.list({ series }),
		queryFn: ({ signal }) => ask(api.GET("/broadcasts", { params: { query: { series, limit: 10 } }, signal })),
		enabled: series !== "",
	});
}

/** What ten of the recipients would get, as the server renders it. */
export function useSamples(one: Broadcast) {
	return useQuery({
		queryKey: [...broadcastsKeys.one(one.id), "samples", one.variants],
		queryFn: ({ signal }) => ask(api.GET("/broadcasts/{id}/samples", { params: { path: { id: one.id } }, signal })),
	});
}

/** What would go when. */
export function useTimetable(one: Broadcast) {
	return useQuery({
		queryKey: [...broadcastsKeys.one(one.id), "timetable", one.updated_at],
		queryFn: ({ signal }) => ask(api.GET("/broadcasts/{id}/timetable", { params: { path: { id: one.id } }, signal })),
	});
}

/** Sends what it says to numbers of one's own. */
export function useTest(id: string) {
	return useMutation({
		mutationFn: ({ numbers, key }: { numbers: string[]; key: string }) =>
			ask(
				api.POST("/broadcasts/{id}/test", {
					params: { path: { id }, header: { "Idempotency-Key": key } },
					body: { numbers },
				}),
			),
	});
}

interface Changes {
	variants: Variant[];
	pacing: { preset?: Exclude<Preset, ""> };
	/** With repeat: of one that is to come. */
	start_at?: number;
	repeat?: string;
}

/** Changes what it says and how fast it goes, for those who are still to get it. */
export function useEdit(id: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (body: Changes) =>
			ask(
				api.PATCH("/broadcasts/{id}", {
					params: { path: { id } },
					body: {
						pacing: body.pacing,
						start_at: body.start_at,
						repeat: body.repeat,
						variants: body.variants.map((one) => ({
							text: one.text,
							media: one.fileId ? { file_id: one.fileId } : undefined,
						})),
					},
				}),
			),
		onSuccess: (now) => client.setQueryData(broadcastsKeys.one(id), now),
		onSettled: () => client.invalidateQueries({ queryKey: broadcastsKeys.all }),
	});
}

/** Has those go again that failed; with codes, those that did for one of these reasons. */
export function useRetry(id: string) {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (codes?: string[]) =>
			ask(api.POST("/broadcasts/{id}/retry", { params: { path: { id } }, body: codes && { codes } })),
		onSuccess: ({ broadcast }) => client.setQueryData(broadcastsKeys.one(id), broadcast),
		onError: toastFault,
		onSettled: () => client.invalidateQueries({ queryKey: broadcastsKeys.all }),
	});
}

/** Where the recipients are as a file. */
export function exportOf(id: string): string {
	return `${base}/broadcasts/${encodeURIComponent(id)}/export`;
}
