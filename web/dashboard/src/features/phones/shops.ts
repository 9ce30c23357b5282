import { useQuery } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";

/** A number of the workspace that customers can write to. */
export interface Shop {
	number: string;
	name: string;
}

/** The linked numbers of the workspace; undefined until they are known. */
export function useShops(): Shop[] | undefined {
	const { data } = useQuery({
		queryKey: ["devices", "list", {}],
		queryFn: () => ask(api.GET("/devices", { params: { query: { limit: 200 } } })),
	});
	return data?.items.flatMap((one) => (one.linked && one.number ? { number: one.number, name: one.name } : []));
}
