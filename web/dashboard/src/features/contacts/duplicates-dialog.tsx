import { useQuery } from "@tanstack/react-query";
import { CopyCheck } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, EmptyState, ErrorState, SkeletonRows } from "@/ui";
import { joinWords } from "./join-words";
import { contactsKeys } from "./keys";
import MergeDialog, { Who } from "./merge-dialog";

type Pair = Schema["ContactPairView"];

/** Contacts that may be one, and why. */
export default function DuplicatesDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(joinWords);
	const can = useCan()("contacts.write");
	const [open, setOpen] = useState<Pair>();
	const list = useQuery({
		queryKey: contactsKeys.duplicates,
		queryFn: () => ask(api.GET("/contacts/duplicates")),
		staleTime: 0,
	});
	if (open) return <MergeDialog a={open.a} b={open.b} onClose={() => setOpen(undefined)} />;
	return (
		<Dialog open onOpenChange={(on) => !on && onClose()} title={t("find")} description={t("findHint")}>
			{list.isPending && <SkeletonRows rows={3} />}
			{list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
			{list.data?.items.length === 0 && (
				<EmptyState icon={CopyCheck} title={t("none")}>
					{t("noneHint")}
				</EmptyState>
			)}
			<ul className="flex flex-col">
				{list.data?.items.map((pair) => (
					<li key={`${pair.a.id}-${pair.b.id}`} className="flex items-center gap-3 border-line py-3 not-last:border-b">
						<div className="flex min-w-0 flex-1 flex-col">
							<Who card={pair.a} />
							<Who card={pair.b} />
							<span className="text-sm text-soft">{t(`${pair.why}`)}</span>
						</div>
						{can && (
							<Button size="sm" className="max-md:h-11" onClick={() => setOpen(pair)}>
								{t("look")}
							</Button>
						)}
					</li>
				))}
			</ul>
		</Dialog>
	);
}
