import { AtSign, MessagesSquare, Search, X } from "lucide-react";
import { Suspense, useDeferredValue, useMemo, useState } from "react";
import { itemsOf } from "@/lib/api/pages";
import { lazily } from "@/lib/lazily";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Badge, Button, EmptyState, ErrorState, IconButton, Input, Popover, SkeletonRows } from "@/ui";
import { ChatRows } from "./chat-rows";
import { FilterBar } from "./filter-bar";
import { useUnreadMentions } from "./mentions";
import { useChats } from "./queries";
import { clean, filterStore, views } from "./view";
import { inboxWords } from "./words";

const Found = lazily(() => import("./found"));
const MentionList = lazily(() => import("./mention-list"));

export function ChatList({ open }: { open?: string }) {
	const t = useWords(inboxWords);
	const [text, setText] = useState("");
	const search = useDeferredValue(text.trim());
	return (
		<>
			<header className="flex flex-col gap-2 border-line border-b px-3 pt-3 pb-2">
				<div className="flex items-center gap-1">
					<div className="relative min-w-0 flex-1">
						<Search
							className="pointer-events-none absolute top-1/2 left-3 size-4.5 -translate-y-1/2 text-soft"
							aria-hidden
						/>
						<Input
							id="inbox-search"
							type="search"
							aria-label={t("search")}
							placeholder={t("searchHint")}
							value={text}
							maxLength={200}
							autoComplete="off"
							onChange={(e) => setText(e.target.value)}
							onKeyDown={(e) => {
								const first = e.currentTarget.closest("section")?.querySelector<HTMLElement>("ul a");
								if (e.key === "Escape") {
									setText("");
									e.currentTarget.blur();
								} else if (e.key === "ArrowDown" && first) {
									e.preventDefault();
									first.focus();
								} else if (e.key === "Enter" && search && search === text.trim()) first?.click();
							}}
							className="px-10 [&::-webkit-search-cancel-button]:hidden"
						/>
						{text && (
							<IconButton
								label={t("clearSearch")}
								onClick={() => setText("")}
								className="absolute top-0 right-0 max-md:size-11"
							>
								<X />
							</IconButton>
						)}
					</div>
					<Mentions />
				</div>
				{!search && <FilterBar />}
			</header>
			{search ? (
				<Suspense fallback={<SkeletonRows />}>
					<Found text={search} open={open} onLeave={() => setText("")} />
				</Suspense>
			) : (
				<Rows open={open} />
			)}
		</>
	);
}

/** The way to the notes that mention one, with how many are not read. */
function Mentions() {
	const t = useWords(inboxWords);
	const [open, setOpen] = useState(false);
	const unread = useUnreadMentions();
	return (
		<Popover
			open={open}
			onOpenChange={setOpen}
			className="w-80 max-w-[calc(100vw-1rem)]"
			trigger={
				<IconButton label={t("mentions", { count: unread })} className="relative">
					<AtSign />
					{unread > 0 && (
						<Badge kind="count" className="absolute -top-1 -right-1 px-1.5">
							{unread > 99 ? "99+" : unread}
						</Badge>
					)}
				</IconButton>
			}
		>
			<Suspense fallback={<SkeletonRows rows={3} />}>
				<MentionList onLeave={() => setOpen(false)} />
			</Suspense>
		</Popover>
	);
}

function Rows({ open }: { open?: string }) {
	const t = useWords(inboxWords);
	const filter = useStore(filterStore);
	const query = useChats(clean(filter));
	const chats = useMemo(() => itemsOf(query.data), [query.data]);
	if (query.isPending) return <SkeletonRows rows={8} />;
	if (query.error && !query.data)
		return <ErrorState error={query.error} onRetry={() => void query.refetch()} className="my-auto" />;
	if (chats.length === 0) {
		const narrowed = JSON.stringify(clean(filter)) !== JSON.stringify(views.open);
		return (
			<EmptyState
				icon={MessagesSquare}
				title={t(narrowed ? "emptyFilter" : "empty")}
				action={narrowed && <Button onClick={() => filterStore.set(views.open)}>{t("showOpen")}</Button>}
			>
				{t(narrowed ? "emptyFilterHint" : "hint")}
			</EmptyState>
		);
	}
	return (
		<ChatRows
			chats={chats}
			open={open}
			onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()}
		/>
	);
}
