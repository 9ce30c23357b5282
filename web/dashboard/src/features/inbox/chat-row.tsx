import { Link } from "@tanstack/react-router";
import { BellOff, Bot, Clock, Pin, UserRound, UsersRound } from "lucide-react";
import { usePicture } from "@/app/picture";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Avatar, Badge, cn } from "@/ui";
import { useAuthor } from "./author";
import { answers } from "./chats";
import { KindIcon } from "./kind-icon";
import { type Chat, nameOf } from "./model";
import { useCounts, useMembers } from "./queries";
import { useTyping } from "./typing";
import { inboxWords } from "./words";

/** One chat in the list. */
export function ChatRow({ chat, open }: { chat: Chat; open: boolean }) {
	const t = useWords(inboxWords);
	const format = useFormat();
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
						{format.brief(chat.last.at ?? chat.created_at)}
					</time>
				</span>
				<span className="flex items-center gap-1.5">
					<Preview chat={chat} strong={unread} />
					<Marks chat={chat} />
				</span>
			</span>
		</Link>
	);
}

function Preview({ chat, strong }: { chat: Chat; strong: boolean }) {
	const t = useWords(inboxWords);
	const typing = useTyping(chat.id);
	const author = useAuthor(chat.last);
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

function Marks({ chat }: { chat: Chat }) {
	const t = useWords(inboxWords);
	const { data: members } = useMembers();
	const { data: counts } = useCounts();
	const who = answers(chat, counts?.bot);
	const assignee = members?.items.find((m) => m.id === chat.assignee_id);
	return (
		<span className="flex shrink-0 items-center gap-1 text-soft">
			{chat.pinned && <Pin className="size-3.5" aria-label={t("pinned")} />}
			{chat.muted_until !== 0 && <BellOff className="size-3.5" aria-label={t("muted")} />}
			{who === "bot" && <Bot className="size-4" aria-label={t("botAnswers")} />}
			{who === "waits" && <UserRound className="size-4 text-warn" aria-label={t("waitsForUs")} />}
			{chat.status === "snoozed" && <Clock className="size-3.5" aria-label={t("snoozed")} />}
			{assignee && (
				<span title={assignee.name} className="inline-flex">
					<Avatar name={assignee.name} id={assignee.id} className="size-4.5 text-[0.6rem] leading-normal" />
					<span className="sr-only">{assignee.name}</span>
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
