import { useParams } from "@tanstack/react-router";
import { Suspense } from "react";
import { lazily } from "@/lib/lazily";
import { PageBody, SkeletonRows } from "@/ui";
import { List } from "./list";

const Editor = lazily(() => import("./editor"));
const One = lazily(() => import("./one"));

/** Below the page's address is a broadcast, or "new" for the one that is being made. */
export function Page() {
	const { broadcast } = useParams({ strict: false }) as { broadcast?: string };
	if (!broadcast) return <List />;
	return (
		<Suspense
			fallback={
				<PageBody>
					<SkeletonRows />
				</PageBody>
			}
		>
			{broadcast === "new" ? <Editor /> : <One key={broadcast} id={broadcast} />}
		</Suspense>
	);
}
