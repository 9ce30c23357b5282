import type { InfiniteData } from "@tanstack/react-query";

/** A list that pages by key, as the API answers it. */
export interface Page<T> {
	items: T[];
	next?: string;
}

/** What useInfiniteQuery needs beside queryKey and queryFn: pageParam is the API's `after`, undefined for the first page. */
export const byKey = {
	initialPageParam: undefined as string | undefined,
	getNextPageParam: <T>(last: Page<T>) => last.next,
};

/** All items of the pages that are there. */
export function itemsOf<T>(data: InfiniteData<Page<T>> | undefined): T[] {
	return data?.pages.flatMap((page) => page.items) ?? [];
}
