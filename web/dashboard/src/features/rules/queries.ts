import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useKeyFor } from "@/app/saying/key-for";
import { api, ask } from "@/lib/api/client";
import { toastFault } from "@/ui";
import { rulesKeys } from "./keys";
import type { bodyOf, Rule } from "./model";

interface List {
	items: Rule[];
	next?: string;
}

export function useRules() {
	return useQuery({ queryKey: rulesKeys.list(), queryFn: () => ask(api.GET("/rules")), refetchOnMount: "always" });
}

export function useDevices() {
	return useQuery({ queryKey: ["devices", "list", {}], queryFn: () => ask(api.GET("/devices")) });
}

/** Changes the list at once, and takes it back with a notice when the server does not agree. */
function useListChange<V>(change: (items: Rule[], value: V) => Rule[], send: (value: V) => Promise<unknown>) {
	const client = useQueryClient();
	const key = rulesKeys.list();
	return useMutation({
		mutationFn: send,
		onMutate: async (value) => {
			await client.cancelQueries({ queryKey: rulesKeys.all });
			const before = client.getQueryData<List>(key);
			if (before) client.setQueryData<List>(key, { ...before, items: change(before.items, value) });
			return before;
		},
		onError: (fault, _, before) => {
			client.setQueryData(key, before);
			toastFault(fault);
		},
		onSettled: () => client.invalidateQueries({ queryKey: rulesKeys.all }),
	});
}

export function useToggle() {
	return useListChange(
		(items, { id, enabled }: { id: string; enabled: boolean }) =>
			items.map((one) => (one.id === id ? { ...one, enabled } : one)),
		({ id, enabled }) => ask(api.PATCH("/rules/{id}", { params: { path: { id } }, body: { enabled } })),
	);
}

export function useReorder() {
	return useListChange(
		(items, order: string[]) => order.flatMap((id) => items.find((one) => one.id === id) ?? []),
		(rule_ids) => ask(api.PUT("/rules/order", { body: { rule_ids } })),
	);
}

/** Makes a rule, or changes the one with this id. */
export function useSave(id: string | undefined) {
	const client = useQueryClient();
	const keyFor = useKeyFor();
	return useMutation({
		mutationFn: (body: ReturnType<typeof bodyOf>) =>
			id
				? ask(api.PATCH("/rules/{id}", { params: { path: { id } }, body }))
				: ask(api.POST("/rules", { params: { header: { "Idempotency-Key": keyFor(body) } }, body })),
		onSuccess: () => client.invalidateQueries({ queryKey: rulesKeys.all }),
	});
}

export function useRemove() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (id: string) => ask(api.DELETE("/rules/{id}", { params: { path: { id } } })),
		onSettled: () => client.invalidateQueries({ queryKey: rulesKeys.all }),
	});
}
