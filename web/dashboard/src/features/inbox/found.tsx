import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { useEffect } from "react";
import { usePicture } from "@/app/picture";
import { api, ask, type Schema } from "@/lib/api/client";
import { phoneNumber, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Avatar, cn, EmptyState, ErrorState, MoreButton, SkeletonRows } from "@/ui";
import { useAuthors } from "./author";
import { nameOf } from "./model";
import { inboxWords } from "./words";

/** With how many messages nobody needs to be asked on, and after how many pages it is the reader's turn to ask. */
const enough = 8;
const mostPages = 40;

interface FoundProps {
	text: string;
	open?: string;
	onLeave: () => void;
}

const row = "flex min-h-14 items-center gap-3 px-3 py-2 hover:bg-sunken focus-visible:-outline-offset-2";

/** What is found of names, numbers and texts; a text leads to its message. */
export default function Found({ text, open, onLeave }: FoundProps) {
	const t = useWords(inboxWords);
	const authorOf = useAuthors();
	const query = useInfiniteQuery({
		queryKey: ["search", text],
		queryFn: ({ pageParam: after, signal }) =>
			ask(api.GET("/search", { params: { query: { q: text, after } }, signal })),
		initialPageParam: undefined as string | undefined,
		getNextPageParam: (last) => last.next,
	});
	const { data, hasNextPage, isFetching, fetchNextPage } = query;
	const pages = data?.pages ?? [];
	// The server answers with what it found in a moment. Where that is little it is asked on, for a while.
	const little = pages.length < mostPages && pages.reduce((n, page) => n + page.messages.length, 0) < enough;
	useEffect(() => {
		if (little && hasNextPage && !isFetching) void fetchNextPage();
	}, [little, hasNextPage, isFetching, fetchNextPage]);
	if (query.isPending) return <SkeletonRows />;
	if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
	const people = query.data.pages[0]?.contacts ?? [];
	const messages = query.data.pages.flatMap((page) => page.messages);
	if (people.length === 0 && messages.length === 0 && hasNextPage && little) return <SkeletonRows />;
	if (people.length === 0 && messages.length === 0 && !hasNextPage)
		return (
			<EmptyState icon={SearchX} title={t("nothing")}>
				{t("nothingHint")}
			</EmptyState>
		);
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
		<section className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} aria-label={t("found")}>
			{people.length > 0 && <h2 className="px-3 pt-3 pb-1 text-soft text-sm">{t("foundPeople")}</h2>}
			<ul>
				{people.flatMap((person) =>
					person.chats.map((chat) => (
						<li key={chat.id}>
							<Link
								to="/inbox/$chat"
								params={{ chat: chat.id }}
								onClick={onLeave}
								className={cn(row, chat.id === open && "bg-accent-soft")}
							>
								<Face contact={person.contact} />
								<span className="min-w-0">
									<span className="outside block truncate font-medium">
										<Parts parts={person.name} whole={nameOf(person.contact)} />
									</span>
									{person.contact.phone && (
										<span className="block text-soft text-sm">{phoneNumber(person.contact.phone)}</span>
									)}
								</span>
							</Link>
						</li>
					)),
				)}
			</ul>
			{messages.length > 0 && <h2 className="px-3 pt-3 pb-1 text-soft text-sm">{t("foundMessages")}</h2>}
			<ul>
				{messages.map((hit) => (
					<Hit key={hit.message_id} hit={hit} author={authorOf(hit)} />
				))}
			</ul>
			{query.hasNextPage && <MoreButton busy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />}
		</section>
	);
}

function Face({ contact }: { contact: Schema["ContactView"] }) {
	return <Avatar name={nameOf(contact)} id={contact.id} src={usePicture(contact.id)} />;
}

function Hit({ hit, author }: { hit: Schema["SearchHitView"]; author?: string }) {
	const t = useWords(inboxWords);
	const format = useFormat();
	return (
		<li>
			<Link
				to="/inbox/$chat"
				params={{ chat: hit.chat_id }}
				search={{ message: hit.message_id } as never}
				className={row}
			>
				<span className="min-w-0 flex-1">
					<span className="flex items-baseline gap-2">
						<bdi className="outside min-w-0 flex-1 truncate font-medium">{nameOf(hit.contact) || t("nameless")}</bdi>
						<time className="shrink-0 text-soft text-xs tabular-nums">{format.brief(hit.at)}</time>
					</span>
					<span className="outside line-clamp-2 text-soft text-sm">
						{author && <bdi>{author} </bdi>}
						<Parts parts={hit.parts} whole="" />
					</span>
				</span>
			</Link>
		</li>
	);
}

function Parts({ parts, whole }: { parts: Schema["SearchPart"][]; whole: string }) {
	if (parts.length === 0) return whole;
	return parts.map((part, i) =>
		part.hit ? (
			// biome-ignore lint/suspicious/noArrayIndexKey: the parts of a hit don't move
			<mark key={i} className="rounded-xs bg-warn-soft text-warn">
				{part.text}
			</mark>
		) : (
			part.text
		),
	);
}
