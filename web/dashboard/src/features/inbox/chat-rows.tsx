import { Suspense, useDeferredValue, useEffect, useRef, useState } from "react";
import { useFormat } from "@/lib/format";
import { afterPaint } from "@/lib/idle";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { useAuthors } from "./author";
import { ChatRow } from "./chat-row";
import type { Chat } from "./model";
import { useCounts, useMembers } from "./queries";
import { inboxWords } from "./words";

const ChatWindow = lazily(() => import("./chat-window"));

/** How high a row is, in pixels; all are alike. */
export const rowHeight = 76;

/** How many rows are drawn at first; the others of the first page follow in pieces. */
const atFirst = 20;
/** With more rows than this, which is the first page, those out of sight are not drawn. */
const most = 50;
/** How many rows before the end the next page is asked for. */
const ahead = 10;

/** The chats under each other. Who scrolls near the end asks for more. */
export function ChatRows({ chats, open, onEnd }: { chats: Chat[]; open?: string; onEnd: () => void }) {
	const t = useWords(inboxWords);
	const format = useFormat();
	const authorOf = useAuthors();
	const { data: members } = useMembers();
	const { data: counts } = useCounts();
	const box = useRef<HTMLDivElement>(null);
	const count = useDeferredValue(most, atFirst);
	const [seen, setSeen] = useState<[from: number, to: number]>();
	const many = chats.length > most;
	const [from, to] = (many && seen) || [0, many ? chats.length : count];
	const look = () => {
		if (!box.current) return;
		const { scrollTop, clientHeight } = box.current;
		if (scrollTop + clientHeight > (chats.length - ahead) * rowHeight) onEnd();
	};
	// When it has been painted: to ask how high the list is would have the browser lay out the page at once, before it is through with drawing it.
	// biome-ignore lint/correctness/useExhaustiveDependencies: only what is seen asks for more
	useEffect(() => void afterPaint().then(look), [chats.length]);
	const at = chats.findIndex((chat) => chat.id === open);
	// biome-ignore lint/correctness/useExhaustiveDependencies: only when another chat is opened
	useEffect(() => {
		if (at >= 0 && box.current) reveal(box.current, at);
	}, [open]);
	return (
		<>
			<div ref={box} onScroll={look} className="min-h-0 flex-1 overflow-y-auto overscroll-contain" id="inbox-list">
				<ul aria-label={t("chats")} className="relative" style={{ height: chats.length * rowHeight }}>
					{chats.slice(from, to).map((chat, i) => (
						<li
							key={chat.id}
							className="absolute inset-x-0"
							style={{ height: rowHeight, transform: `translateY(${(from + i) * rowHeight}px)` }}
						>
							<ChatRow
								chat={chat}
								open={chat.id === open}
								when={format.brief(chat.last.at ?? chat.created_at)}
								author={authorOf(chat.last)}
								assignee={members?.items.find((m) => m.id === chat.assignee_id)?.name}
								bot={counts?.bot}
							/>
						</li>
					))}
				</ul>
			</div>
			<Suspense>{many && <ChatWindow box={box} count={chats.length} onSeen={setSeen} />}</Suspense>
		</>
	);
}

/** Scrolls no further than until a row is seen whole. */
function reveal(box: HTMLElement, at: number): void {
	const top = at * rowHeight;
	box.scrollTop = Math.min(top, Math.max(box.scrollTop, top + rowHeight - box.clientHeight));
}
