import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useKeyFor } from "@/app/saying/key-for";
import { api, ask } from "@/lib/api/client";
import { templatesKeys } from "./keys";
import type { Draft, Template } from "./model";

/** All templates, page after page: there are as many as people write, and they are searched as one types. */
async function readAll(signal: AbortSignal): Promise<Template[]> {
	const all: Template[] = [];
	let after: string | undefined;
	do {
		const page = await ask(api.GET("/templates", { params: { query: { limit: 200, after } }, signal }));
		all.push(...page.items);
		after = page.next;
	} while (after);
	return all;
}

export function useTemplates() {
	return useQuery({
		queryKey: templatesKeys.list({ all: true }),
		queryFn: ({ signal }) => readAll(signal),
		refetchOnMount: "always",
	});
}

/** Makes a template, or changes the one with this id. */
export function useSave(id: string | undefined) {
	const client = useQueryClient();
	const keyFor = useKeyFor();
	return useMutation({
		mutationFn: (body: Draft) =>
			id
				? ask(api.PATCH("/templates/{id}", { params: { path: { id } }, body }))
				: ask(api.POST("/templates", { params: { header: { "Idempotency-Key": keyFor(body) } }, body })),
		onSuccess: () => client.invalidateQueries({ queryKey: templatesKeys.all }),
	});
}

export function useRemove() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (id: string) => ask(api.DELETE("/templates/{id}", { params: { path: { id } } })),
		onSettled: () => client.invalidateQueries({ queryKey: templatesKeys.all }),
	});
}
