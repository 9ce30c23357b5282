import { useQuery } from "@tanstack/react-query";
import { api, ask, base } from "@/lib/api/client";

/** What is known of a file; it never changes. */
export function useFile(id: string | undefined) {
	return useQuery({
		queryKey: ["files", "one", id],
		queryFn: () => ask(api.GET("/files/{id}", { params: { path: { id: id ?? "" } } })),
		enabled: Boolean(id),
		staleTime: Number.POSITIVE_INFINITY,
	});
}

/** Where the bytes of a file are. */
export function addressOf(id: string): string {
	return `${base}/files/${encodeURIComponent(id)}/content`;
}
