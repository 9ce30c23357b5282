import { Link } from "@tanstack/react-router";
import { BellOff, Bot, Clock, Pin, UserRound, UsersRound } from "lucide-react";
import { memo } from "react";
import { usePicture } from "@/app/picture";
import { useWords } from "@/lib/words";
import { Avatar, Badge, cn } from "@/ui";
import { ChatLabels } from "./chat-labels";
import { answers } from "./chats";
import { KindIcon } from "./kind-icon";
import { type Chat, nameOf } from "./model";
import { useTyping } from "./typing";
import { inboxWords } from "./words";

interface ChatRowProps {
	chat: Chat;
	open: boolean;
	/** When it was last written in, as the list says it. */
	when: string;
	/** Who of ours wrote last, as the list says it. */
	author?: string;
	/** How the one is called who has it. */
	assignee?: string;
	/** Whether anything here answers by itself; undefined until that is known. */
	bot?: boolean;
}

/** One chat in the list, which tells it all that is the same for every row: it is drawn again when something of its own is new. */
export const ChatRow = memo(function ChatRow({ chat, open, when, author, assignee, bot }: ChatRowProps) {
	const t = useWords(inboxWords);
	const unread = chat.unread > 0 || chat.marked_unread;
	const name = nameOf(chat.contact) || t("nameless");
	return (
		<Link
			to="/inbox/$chat"
			params={{ chat: chat.id }}
			aria-current={open ? "true" : undefined}
			className={cn(
				"flex h-full items-center gap-3 border-line border-b px-3 focus-visible:-outline-offset-2",
				open ? "bg-accent-soft" : "hover:bg-sunken",
			)}
		>
			<Avatar name={name} id={chat.contact.id} src={usePicture(chat.contact.id)} className="size-11" />
			<span className="min-w-0 flex-1">
				<span className="flex items-baseline gap-2">
					<span className={cn("outside min-w-0 flex-1 truncate", unread ? "font-semibold" : "font-medium")}>
						{chat.group && <UsersRound className="mr-1 inline size-4 text-soft" aria-label={t("group")} />}
						<bdi>{name}</bdi>
					</span>
					<time
						className={cn("shrink-0 text-xs tabular-nums", unread ? "font-semibold text-ink" : "text-soft")}
						dateTime={new Date(chat.last.at ?? chat.created_at).toISOString()}
					>
						{when}
					</time>
				</span>
				<span className="flex items-center gap-1.5">
					<Preview chat={chat} strong={unread} author={author} />
					<Marks chat={chat} assignee={assignee} bot={bot} />
				</span>
				{chat.labels.length > 0 && <ChatLabels ids={chat.labels} />}
			</span>
		</Link>
	);
});

function Preview({ chat, strong, author }: { chat: Chat; strong: boolean; author?: string }) {
	const t = useWords(inboxWords);
	const typing = useTyping(chat.id);
	if (typing) return <span className="min-w-0 flex-1 truncate text-good text-sm">{t("typing")}</span>;
	const kind = chat.last.kind ?? "text";
	const text = chat.last.preview || (kind === "text" ? "" : t(`kind_${known(kind)}`));
	return (
		<span className={cn("outside flex min-w-0 flex-1 items-center gap-1 text-sm", strong ? "text-ink" : "text-soft")}>
			{author && <bdi className="max-w-1/3 shrink-0 truncate">{author}</bdi>}
			<KindIcon kind={kind} className="size-4 shrink-0" />
			<bdi className="truncate">{text}</bdi>
		</span>
	);
}

const kinds = [
	"image",
	"video",
	"audio",
	"voice",
	"document",
	"sticker",
	"location",
	"contact",
	"poll",
	"unreadable",
	"view_once",
	"call",
	"group",
] as const;

/** A kind that there is a word for. */
export function known(kind: string): (typeof kinds)[number] | "unknown" {
	return kinds.find((one) => one === kind) ?? "unknown";
}

function Marks({ chat, assignee, bot }: Pick<ChatRowProps, "chat" | "assignee" | "bot">) {
	const t = useWords(inboxWords);
	const who = answers(chat, bot);
	return (
		<span className="flex shrink-0 items-center gap-1 text-soft">
			{chat.pinned && <Pin className="size-3.5" aria-label={t("pinned")} />}
			{chat.muted_until !== 0 && <BellOff className="size-3.5" aria-label={t("muted")} />}
			{who === "bot" && <Bot className="size-4" aria-label={t("botAnswers")} />}
			{who === "waits" && <UserRound className="size-4 text-warn" aria-label={t("waitsForUs")} />}
			{chat.status === "snoozed" && <Clock className="size-3.5" aria-label={t("snoozed")} />}
			{assignee && (
				<span title={assignee} className="inline-flex">
					<Avatar name={assignee} id={chat.assignee_id} className="size-4.5 text-[0.6rem] leading-normal" />
					<span className="sr-only">{assignee}</span>
				</span>
			)}
			{(chat.unread > 0 || chat.marked_unread) && (
				<Badge kind="count" aria-label={t("unreadCount", { count: chat.unread })}>
					{chat.unread > 99 ? "99+" : chat.unread || "•"}
				</Badge>
			)}
		</span>
	);
}
