import { memo } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Bubble } from "./bubble";
import { GroupRow } from "./group-row";
import type { Chat, Message } from "./model";
import { NoteBubble } from "./note-bubble";
import { OutgoingBubble } from "./outgoing-bubble";
import type { Row } from "./rows";
import { threadWords } from "./thread-words";

interface ThreadRowProps {
	row: Row;
	chat: Chat;
	marked: boolean;
	onJump: (networkId: string) => void;
	onReply: (message: Message) => void;
	onEdit: (message: Message) => void;
}

/** A message with the line of its day above it. */
export const ThreadRow = memo(
	function ThreadRow({ row, chat, marked, onJump, onReply, onEdit }: ThreadRowProps) {
		const t = useWords(threadWords);
		const format = useFormat();
		return (
			<div className={row.first ? "pt-2.5" : "pt-0.5"}>
				{row.day && (
					<p className="mx-auto my-2 w-fit rounded-full bg-surface px-3 py-1 text-soft text-xs first-letter:uppercase">
						{format.day(row.at)}
					</p>
				)}
				{row.fresh && (
					<p className="my-2 flex items-center gap-3 px-4 font-medium text-accent text-xs">
						<span className="h-px flex-1 bg-accent" />
						{t("fresh")}
						<span className="h-px flex-1 bg-accent" />
					</p>
				)}
				{row.message?.content.group && (
					<GroupRow message={row.message} line={row.message.content.group} marked={marked} />
				)}
				{row.message && !row.message.content.group && (
					<Bubble
						message={row.message}
						chat={chat}
						first={row.first}
						marked={marked}
						onJump={onJump}
						onReply={onReply}
						onEdit={onEdit}
					/>
				)}
				{row.note && <NoteBubble note={row.note} marked={marked} />}
				{row.outgoing && <OutgoingBubble one={row.outgoing} />}
			</div>
		);
	},
	(a, b) =>
		a.row.message === b.row.message &&
		a.row.outgoing === b.row.outgoing &&
		a.row.note === b.row.note &&
		a.row.first === b.row.first &&
		a.row.day === b.row.day &&
		a.row.fresh === b.row.fresh &&
		a.marked === b.marked &&
		a.chat.id === b.chat.id &&
		a.chat.device_id === b.chat.device_id &&
		a.chat.group === b.chat.group,
);
