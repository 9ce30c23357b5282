import { useQueryClient } from "@tanstack/react-query";
import { Paperclip } from "lucide-react";
import { type DragEvent, useCallback, useEffect, useRef, useState } from "react";
import { useCan } from "@/app/me";
import { useWords } from "@/lib/words";
import { EmptyState, ErrorState, SkeletonRows } from "@/ui";
import { useChatActions } from "./actions";
import { Composer } from "./composer";
import { chatKeys } from "./keys";
import { readMentions, useUnreadMentions } from "./mentions";
import type { Chat, Message } from "./model";
import { OthersHere } from "./others-here";
import { Unsent } from "./outgoing-bubble";
import { Pins } from "./pins";
import { useChat } from "./queries";
import { setReply } from "./reply";
import { Thread } from "./thread";
import { ThreadHead } from "./thread-head";
import { threadWords } from "./thread-words";

interface PaneProps {
	id: string;
	around?: string;
	/** A note to be shown: one that mentions somebody. */
	note?: string;
	details: boolean;
	onDetails: () => void;
}

/** One chat: who it is with, what was said, and what one writes. */
export default function ThreadPane({ id, around, note, details, onDetails }: PaneProps) {
	const client = useQueryClient();
	const query = useChat(id);
	if (!query.data)
		return (
			<div className="flex min-w-0 flex-1 flex-col overflow-y-auto">
				{query.isPending ? (
					<SkeletonRows rows={5} />
				) : (
					<ErrorState
						error={query.error}
						onRetry={() => void client.invalidateQueries({ queryKey: chatKeys.one(id) })}
						className="my-auto"
					/>
				)}
				<Unsent chat={id} />
			</div>
		);
	return <Pane chat={query.data} around={around} note={note} details={details} onDetails={onDetails} />;
}

function Pane({ chat, around, note, details, onDetails }: Omit<PaneProps, "id"> & { chat: Chat }) {
	const t = useWords(threadWords);
	const can = useCan();
	const [atEnd, setAtEnd] = useState(false);
	const [editing, setEditing] = useState<Message>();
	const [files, setFiles] = useState<File[]>([]);
	const [over, setOver] = useState(false);
	const depth = useRef(0);
	const looks = useLooks();
	useReading(chat, looks && atEnd);
	useMentionsRead(chat, looks);
	const reply = useCallback((message: Message) => {
		setEditing(undefined);
		setReply(message);
	}, []);
	const drop = (e: DragEvent) => {
		e.preventDefault();
		depth.current = 0;
		setOver(false);
		setFiles((now) => [...now, ...e.dataTransfer.files]);
	};
	const writes = can("messages.send");
	return (
		<section
			aria-label={t("thread")}
			className="relative flex min-h-0 min-w-0 flex-1 flex-col"
			onDragEnter={(e) => {
				if (!writes || !e.dataTransfer.types.includes("Files")) return;
				depth.current++;
				setOver(true);
			}}
			onDragLeave={() => over && --depth.current <= 0 && setOver(false)}
			onDragOver={(e) => e.dataTransfer.types.includes("Files") && e.preventDefault()}
			onDrop={writes ? drop : undefined}
		>
			<ThreadHead chat={chat} details={details} onDetails={onDetails} />
			<OthersHere chat={chat} />
			<Pins chat={chat} />
			<Thread
				key={`${around} ${note}`}
				chat={chat}
				around={around}
				note={note}
				onReply={reply}
				onEdit={setEditing}
				onAtEnd={setAtEnd}
			/>
			{writes ? (
				<Composer
					chat={chat}
					files={files}
					onFiles={setFiles}
					editing={editing}
					onEdited={() => setEditing(undefined)}
				/>
			) : (
				<p className="border-line border-t bg-surface p-4 text-center text-soft">{t("readOnly")}</p>
			)}
			{over && (
				<div className="pointer-events-none absolute inset-2 z-30 flex items-center justify-center rounded-lg border-2 border-accent border-dashed bg-raised/90">
					<EmptyState icon={Paperclip} title={t("dropHere")} />
				</div>
			)}
		</section>
	);
}

/** Whether somebody looks at this page. */
function useLooks(): boolean {
	const [looks, setLooks] = useState(() => document.visibilityState === "visible");
	useEffect(() => {
		const look = () => setLooks(document.visibilityState === "visible");
		document.addEventListener("visibilitychange", look);
		return () => document.removeEventListener("visibilitychange", look);
	}, []);
	return looks;
}

/** Notes that the mentions in a chat are read, once the chat is looked at for a moment. */
function useMentionsRead(chat: Chat, looks: boolean): void {
	const client = useQueryClient();
	const unread = useUnreadMentions();
	useEffect(() => {
		if (!looks || unread === 0) return;
		// Whether any of them is of this chat is the server's to know: to read none of none changes nothing.
		const timer = setTimeout(() => void readMentions(client, chat.id).catch(() => undefined), 800);
		return () => clearTimeout(timer);
	}, [client, chat.id, looks, unread]);
}

/** Marks a chat as read while its newest message is looked at by somebody who may. */
function useReading(chat: Chat, looked: boolean): void {
	const actions = useChatActions();
	const can = useCan()("chats.write");
	const unread = chat.unread;
	const asked = useRef(0);
	// biome-ignore lint/correctness/useExhaustiveDependencies: the chat itself changes with everything
	useEffect(() => {
		if (!can || !looked || unread === 0) return;
		const mine = ++asked.current;
		// A moment, so that what is only passed through by the keys stays unread.
		const timer = setTimeout(() => mine === asked.current && void actions.read(chat), 300);
		return () => clearTimeout(timer);
	}, [can, looked, unread, chat.id]);
}
