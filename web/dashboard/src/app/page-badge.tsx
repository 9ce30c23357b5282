import { Store, useStore } from "@/lib/store";
import { Badge } from "@/ui/badge";

/** How much waits on a page. A screen that knows it says so with setPageCount. */
const counts = new Store<Record<string, number>>({});

export function setPageCount(page: string, count: number): void {
	if ((counts.get()[page] ?? 0) !== count) counts.set({ ...counts.get(), [page]: count });
}

export function PageBadge({ page, className }: { page: string; className?: string }) {
	const count = useStore(counts)[page] ?? 0;
	if (count === 0) return null;
	return (
		<Badge kind="count" className={className}>
			{count > 99 ? "99+" : count}
		</Badge>
	);
}
