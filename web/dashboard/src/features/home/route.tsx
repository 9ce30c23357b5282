import { Suspense } from "react";
import { useCan, useMe } from "@/app/me";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { PageBody, PageHead, SkeletonRows } from "@/ui";
import { Checklist } from "./checklist";
import { ClosingNotice } from "./closing-notice";
import { Waiting } from "./waiting";
import { homeWords } from "./words";

const Figures = lazily(() => import("./figures"));

export function Page() {
	const t = useWords(homeWords);
	const me = useMe();
	const can = useCan();
	return (
		<PageBody>
			<PageHead
				title={t("hello", { name: me.member?.name ?? "" })}
				description={t("hint", { workspace: me.workspace.name })}
			/>
			<ClosingNotice />
			<Checklist />
			<Waiting />
			{can("stats.read") && (
				<Suspense fallback={<SkeletonRows />}>
					<Figures />
				</Suspense>
			)}
		</PageBody>
	);
}
