import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { AtSign } from "lucide-react";
import { itemsOf } from "@/lib/api/pages";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, cn, EmptyState, ErrorState, MoreButton, SkeletonRows, toastFault } from "@/ui";
import { readMentions, useMentions } from "./mentions";
import { moreWords } from "./more-words";
import { useMembers } from "./queries";

/** The notes in which colleagues ask this member to look; each leads to its place in the thread. */
export default function MentionList({ onLeave }: { onLeave: () => void }) {
	const t = useWords(moreWords);
	const format = useFormat();
	const client = useQueryClient();
	const { data: members } = useMembers();
	const query = useMentions();
	const list = itemsOf(query.data);
	if (query.isPending) return <SkeletonRows rows={3} />;
	if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
	if (list.length === 0)
		return (
			<EmptyState icon={AtSign} title={t("noMentions")}>
				{t("noMentionsHint")}
			</EmptyState>
		);
	return (
		<>
			<div className="flex flex-wrap items-center justify-between gap-2">
				<h2 className="text-base">{t("mentions")}</h2>
				{list.some((one) => !one.read_at) && (
					<Button size="sm" kind="quiet" onClick={() => void readMentions(client).catch(toastFault)}>
						{t("allRead")}
					</Button>
				)}
			</div>
			<ul className="mt-2 flex flex-col gap-0.5">
				{list.map(({ note, at, read_at }) => (
					<li key={note.id}>
						<Link
							to="/inbox/$chat"
							params={{ chat: note.chat_id }}
							search={{ note: note.id } as never}
							onClick={onLeave}
							className={cn("block rounded-md px-2.5 py-2 hover:bg-sunken", !read_at && "bg-accent-soft")}
						>
							<span className="flex items-baseline gap-2 text-xs">
								{!read_at && <span className="sr-only">{t("unreadMention")}</span>}
								<bdi className="outside min-w-0 flex-1 truncate font-medium">
									{members?.items.find((m) => m.id === note.by_id)?.name ?? t("someone")}
								</bdi>
								<time className="shrink-0 text-soft tabular-nums">{format.brief(at)}</time>
							</span>
							<span className="outside line-clamp-2 text-sm">{note.text}</span>
						</Link>
					</li>
				))}
			</ul>
			{query.hasNextPage && <MoreButton busy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />}
		</>
	);
}
