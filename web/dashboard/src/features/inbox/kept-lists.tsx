import { Link } from "@tanstack/react-router";
import { File, FileAudio, FileText, Film, Image, type LucideIcon, Mic, Star } from "lucide-react";
import { useState } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { ErrorState, MoreButton } from "@/ui";
import { newestFirst, type Only, useKept } from "./kept";
import { type Chat, labelOf, type Message } from "./model";
import { moreWords } from "./more-words";

/** How many are shown before somebody asks for more. */
const few = 5;

const icons: Record<string, LucideIcon> = {
	image: Image,
	video: Film,
	audio: FileAudio,
	voice: Mic,
	document: FileText,
};

/** A part of the pane beside the thread: the messages of a chat with files, or with stars. Each leads to its place. */
export function KeptList({ chat, only, empty }: { chat: Chat; only: Exclude<Only, "pinned">; empty?: string }) {
	const t = useWords(moreWords);
	const query = useKept(chat.id, only);
	const [all, setAll] = useState(false);
	const list = newestFirst(query.data?.pages).filter(
		(m) => !m.revoked_at && !(only === "files" && (m.content.media?.view_once || m.content.kind === "sticker")),
	);
	if (query.isPending || (list.length === 0 && !query.hasNextPage && !query.error && !empty)) return null;
	return (
		<section className="border-line border-t py-4">
			<h3 className="mb-2 text-soft text-sm">{t(only)}</h3>
			{query.error && !query.data && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
			{list.length === 0 && empty && !query.error && <p className="text-soft text-sm">{empty}</p>}
			<ul className="flex flex-col">
				{list.slice(0, all ? undefined : few).map((m) => (
					<li key={m.id}>
						<Row message={m} only={only} />
					</li>
				))}
			</ul>
			{(query.hasNextPage || (!all && list.length > few)) && (
				<MoreButton
					busy={query.isFetchingNextPage}
					onMore={() => {
						if (all || list.length <= few) void query.fetchNextPage();
						setAll(true);
					}}
				/>
			)}
		</section>
	);
}

function Row({ message, only }: { message: Message; only: Only }) {
	const t = useWords(moreWords);
	const format = useFormat();
	const Icon = only === "starred" ? Star : (icons[message.content.kind] ?? File);
	return (
		<Link
			to="/inbox/$chat"
			params={{ chat: message.chat_id }}
			search={{ message: message.id } as never}
			className="flex min-h-9 items-center gap-2 rounded-md px-1 text-sm hover:bg-sunken max-md:min-h-11"
		>
			<Icon className="size-4 shrink-0 text-soft" aria-hidden />
			<bdi className="outside min-w-0 flex-1 truncate">{labelOf(message, t)}</bdi>
			<time className="shrink-0 text-soft text-xs tabular-nums">{format.brief(message.at)}</time>
		</Link>
	);
}
