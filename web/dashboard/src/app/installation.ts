import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";

export const installationKey = ["installation"] as const;

/** Whether the installation waits for its first member, and the demo's account where there is a demo. */
export const installationQuery = queryOptions({
	queryKey: installationKey,
	queryFn: () => ask(api.GET("/setup")),
	staleTime: Number.POSITIVE_INFINITY,
});

export function useInstallation() {
	return useQuery(installationQuery);
}
