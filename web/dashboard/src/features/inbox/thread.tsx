import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, EmptyState, ErrorState, IconButton, Skeleton, toast } from "@/ui";
import { useNotes } from "./desk";
import { messagesOf } from "./messages";
import type { Chat, Message } from "./model";
import { useOutgoing } from "./outgoing";
import { Unsent } from "./outgoing-bubble";
import { useThread } from "./queries";
import { rowsOf } from "./rows";
import { ThreadRow } from "./thread-row";
import { threadWords } from "./thread-words";

/** From how near the end the thread follows what is new, in pixels. */
const nearEnd = 120;
/** How many stretches a jump goes back through at most. */
const jumpMost = 30;

interface ThreadProps {
	chat: Chat;
	around?: string;
	/** A note that the thread begins at, as far back as it may be. */
	note?: string;
	onReply: (message: Message) => void;
	onEdit: (message: Message) => void;
	/** Whether the newest message is looked at. */
	onAtEnd: (atEnd: boolean) => void;
}

/** The messages of a chat. Only those near the screen are in the page, however many there are. */
export function Thread({ chat, around, note, onReply, onEdit, onAtEnd }: ThreadProps) {
	const t = useWords(threadWords);
	const format = useFormat();
	const navigate = useNavigate();
	const query = useThread(chat.id, around);
	const outgoing = useOutgoing(chat.id);
	const { data: notes } = useNotes(chat.id);
	const noted = notes?.items.find((one) => one.id === note);
	const [unread] = useState(chat.unread);
	const messages = useMemo(() => messagesOf(query.data), [query.data]);
	const rows = useMemo(
		() => rowsOf(messages, outgoing, (at) => format.date(at), unread, notes?.items),
		[messages, outgoing, format, unread, notes],
	);
	const box = useRef<HTMLDivElement>(null);
	const [atEnd, setAtEnd] = useState(true);
	const [marked, setMarked] = useState<string | undefined>(around ?? note);
	const list = useVirtualizer({
		count: rows.length,
		getScrollElement: () => box.current,
		getItemKey: (i) => rows[i]?.key ?? i,
		estimateSize: () => 68,
		overscan: 10,
		anchorTo: "end",
		followOnAppend: true,
		scrollEndThreshold: nearEnd,
		paddingStart: 12,
		paddingEnd: 12,
		scrollPaddingEnd: 12,
	});
	const items = list.getVirtualItems();

	const placed = useRef(false);
	useLayoutEffect(() => {
		if (placed.current || rows.length === 0) return;
		placed.current = true;
		const at = around || note ? rows.findIndex((row) => row.key === (around ?? note)) : -1;
		if (at >= 0) list.scrollToIndex(at, { align: "center" });
		else list.scrollToIndex(rows.length - 1, { align: "end" });
	}, [rows, around, note, list]);

	const first = items[0]?.index ?? 0;
	const last = items.at(-1)?.index ?? 0;
	const { hasPreviousPage, isFetchingPreviousPage, hasNextPage, isFetchingNextPage, fetchPreviousPage, fetchNextPage } =
		query;
	useEffect(() => {
		if (!placed.current) return;
		if (first < 12 && hasPreviousPage && !isFetchingPreviousPage) void fetchPreviousPage();
		if (last > rows.length - 12 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
	}, [
		first,
		last,
		rows.length,
		hasPreviousPage,
		isFetchingPreviousPage,
		hasNextPage,
		isFetchingNextPage,
		fetchPreviousPage,
		fetchNextPage,
	]);

	// A note stands where it was written: the thread goes back until it is there.
	const went = useRef(0);
	const wanted = noted && (messages[0]?.at ?? 0) > noted.created_at && hasPreviousPage;
	useEffect(() => {
		if (wanted && !isFetchingPreviousPage && went.current++ < jumpMost) void fetchPreviousPage();
	}, [wanted, isFetchingPreviousPage, fetchPreviousPage]);
	const noteAt = wanted ? -1 : rows.findIndex((row) => row.key === note);
	const noteThere = noteAt >= 0;
	// biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is there
	useEffect(() => {
		if (noteThere) list.scrollToIndex(noteAt, { align: "center" });
	}, [noteThere]);

	const end = atEnd && !hasNextPage;
	useEffect(() => onAtEnd(end), [end, onAtEnd]);
	// What one writes oneself is always looked at.
	const mine = outgoing.at(-1)?.key;
	// biome-ignore lint/correctness/useExhaustiveDependencies: only when there is another one
	useEffect(() => {
		if (mine) list.scrollToIndex(rows.length - 1, { align: "end" });
	}, [mine]);

	const show = (key: string) => {
		const at = rows.findIndex((row) => row.key === key);
		if (at >= 0) list.scrollToIndex(at, { align: "center" });
		setMarked(undefined);
		requestAnimationFrame(() => setMarked(key));
	};
	const jump = async (networkId: string) => {
		let hit = messages.find((m) => m.network_id === networkId);
		let more = hasPreviousPage;
		for (let i = 0; !hit && more && i < jumpMost; i++) {
			const next = await fetchPreviousPage();
			hit = messagesOf(next.data).find((m) => m.network_id === networkId);
			more = next.hasPreviousPage;
		}
		if (!hit) return toast(t("noOriginal"));
		if (messages.includes(hit)) show(hit.id);
		else void navigate({ to: "/inbox/$chat", params: { chat: chat.id }, search: { message: hit.id } as never });
	};
	const toEnd = () => {
		if (hasNextPage) void navigate({ to: "/inbox/$chat", params: { chat: chat.id } });
		else list.scrollToIndex(rows.length - 1, { align: "end" });
	};

	if (query.isPending) return <ThreadSkeleton />;
	if (query.error && !query.data)
		return (
			<div className="flex min-h-0 flex-1 flex-col overflow-y-auto bg-sunken">
				<ErrorState error={query.error} onRetry={() => void query.refetch()} className="my-auto" />
				<Unsent chat={chat.id} />
			</div>
		);
	return (
		<div className="relative flex min-h-0 flex-1 flex-col bg-sunken">
			{rows.length === 0 && (
				<EmptyState title={t("noMessages")} className="my-auto">
					{t("noMessagesHint")}
				</EmptyState>
			)}
			<div
				ref={box}
				id="thread"
				role="log"
				aria-label={t("messages")}
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
				tabIndex={0}
				onScroll={(e) => {
					const at = e.currentTarget;
					setAtEnd(at.scrollHeight - at.scrollTop - at.clientHeight < nearEnd);
				}}
				className="flex min-h-0 flex-1 flex-col overflow-y-auto overflow-x-hidden overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
			>
				<div className="relative mt-auto shrink-0" style={{ height: list.getTotalSize() }}>
					{items.map((item) => {
						const row = rows[item.index];
						return (
							row && (
								<div
									key={item.key}
									ref={list.measureElement}
									data-index={item.index}
									className="absolute inset-x-0"
									style={{ transform: `translateY(${item.start}px)` }}
								>
									<ThreadRow
										row={row}
										chat={chat}
										marked={marked === row.key}
										onJump={(id) => void jump(id)}
										onReply={onReply}
										onEdit={onEdit}
									/>
								</div>
							)
						);
					})}
				</div>
			</div>
			{!end && rows.length > 0 && (
				<div className="absolute right-4 bottom-3">
					<IconButton label={t("toNewest")} kind="plain" className="rounded-full shadow-float" onClick={toEnd}>
						<ArrowDown />
					</IconButton>
					{chat.unread > 0 && (
						<Badge kind="count" className="pointer-events-none absolute -top-1.5 -right-1">
							{chat.unread}
						</Badge>
					)}
				</div>
			)}
		</div>
	);
}

function ThreadSkeleton() {
	const t = useWords(threadWords);
	return (
		<div
			role="status"
			aria-label={t("loading")}
			className="flex min-h-0 flex-1 flex-col justify-end gap-3 bg-sunken p-4"
		>
			{["w-2/5", "w-3/5 self-end", "w-1/3", "w-1/2", "w-2/5 self-end"].map((width) => (
				<Skeleton key={width} className={`h-12 rounded-xl bg-surface ${width}`} />
			))}
		</div>
	);
}
