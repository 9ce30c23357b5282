import { Ban, Clock3, Forward, Hourglass, PhoneIncoming, Pin, Star, Video } from "lucide-react";
import { Suspense } from "react";
import { usePicture } from "@/app/picture";
import { useFormat } from "@/lib/format";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { Avatar, Badge, cn } from "@/ui";
import { Body } from "./body";
import { MessageMenu } from "./message-menu";
import { type Chat, fileKinds, type Message, nameOf, placeOf } from "./model";
import { useContact, useMembers } from "./queries";
import { Reactions } from "./reactions";
import { threadWords } from "./thread-words";
import { StateLine, Ticks } from "./ticks";

const Parts = lazily(() => import("./parts"));
const withParts = new Set([...fileKinds, "location", "contact", "poll"]);

interface BubbleProps {
	message: Message;
	chat: Chat;
	first: boolean;
	marked: boolean;
	onJump: (networkId: string) => void;
	onReply: (message: Message) => void;
	onEdit: (message: Message) => void;
}

export const bubbleLook = "relative min-w-24 max-w-[min(34rem,84%)] rounded-xl px-3 pt-1.5 pb-1 text-[0.9375rem]";

/** A message as a bubble: ours on the right. */
export function Bubble({ message, chat, first, marked, onJump, onReply, onEdit }: BubbleProps) {
	const t = useWords(threadWords);
	const mine = message.from_me;
	const revoked = Boolean(message.revoked_at);
	return (
		<article
			data-message={message.id}
			className={cn("group/bubble flex px-3 md:px-5", mine ? "justify-end" : "justify-start", marked && "flash")}
		>
			{chat.group && !mine && <Sender message={message} first={first} />}
			<div className={cn("flex max-w-full min-w-0 flex-col", mine ? "items-end" : "items-start", "w-full")}>
				<div
					className={cn(
						bubbleLook,
						mine ? "bg-accent-soft text-ink" : "border border-line bg-surface",
						first && (mine ? "rounded-tr-sm" : "rounded-tl-sm"),
						marked && "outline-2 outline-accent",
					)}
				>
					{first && <Who message={message} chat={chat} />}
					{Boolean(message.content.forwarded) && !revoked && (
						<p className="flex items-center gap-1 text-soft text-xs italic">
							<Forward className="size-3.5" aria-hidden />
							{t((message.content.forwarded ?? 0) > 4 ? "forwardedOften" : "forwarded")}
						</p>
					)}
					{message.content.quote && !revoked && <Quote message={message} onJump={onJump} />}
					<Inside message={message} />
					<Foot message={message} />
					{!revoked && message.content.kind !== "call" && (
						<MessageMenu message={message} chat={chat} onReply={onReply} onEdit={onEdit} />
					)}
				</div>
				<Reactions message={message} />
				<StateLine message={message} />
			</div>
		</article>
	);
}

/** Who wrote into a group, beside the first of what they wrote; what follows stands below it. */
function Sender({ message, first }: { message: Message; first: boolean }) {
	const contact = useContact(first ? message.sender_id : undefined);
	const src = usePicture(first ? message.sender_id : undefined);
	if (!first) return <span className="mr-2 w-7 shrink-0" />;
	return (
		<Avatar
			name={nameOf(contact.data ?? {})}
			id={message.sender_id}
			src={src}
			className="mr-2 size-7 text-[0.65rem] leading-normal"
		/>
	);
}

function Inside({ message }: { message: Message }) {
	const t = useWords(threadWords);
	const { content } = message;
	if (message.revoked_at)
		return (
			<p className="flex items-center gap-1.5 text-soft italic">
				<Ban className="size-4 shrink-0" aria-hidden />
				{t(message.from_me ? "revokedMine" : "revoked")}
			</p>
		);
	const place = placeOf(message);
	if (place)
		return (
			<p className="flex items-start gap-1.5 text-soft italic">
				<Hourglass className="mt-1 size-4 shrink-0" aria-hidden />
				{t(place)}
			</p>
		);
	return (
		<>
			{withParts.has(content.kind) && (
				<Suspense fallback={<div className="h-16 w-56" />}>
					<Parts message={message} />
				</Suspense>
			)}
			{content.kind === "call" && <CallPart message={message} />}
			{content.kind === "unknown" && !content.text && <p className="text-soft italic">{t("unknown")}</p>}
			{content.text && !(content.kind === "location" || content.kind === "poll") && <Body text={content.text} />}
			{content.link && <LinkCard message={message} />}
		</>
	);
}

/** A call that nobody could answer here. */
function CallPart({ message }: { message: Message }) {
	const t = useWords(threadWords);
	const call = message.content.call;
	const Icon = call?.video ? Video : PhoneIncoming;
	return (
		<div className="flex items-center gap-2.5 py-1 pr-6">
			<span className="inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-sunken text-soft">
				<Icon className="size-4.5" aria-hidden />
			</span>
			<div className="min-w-0">
				<p className="font-medium">{t(call?.video ? "callVideo" : "callVoice")}</p>
				<p className="text-soft text-sm">{t(call?.rejected ? "callRejected" : "callCame")}</p>
			</div>
		</div>
	);
}

function LinkCard({ message }: { message: Message }) {
	const link = message.content.link;
	if (!link?.title) return null;
	return (
		<div className="mt-1 flex gap-2.5 rounded-md bg-sunken p-2 text-sm">
			{link.thumbnail && (
				<img
					src={`data:image/jpeg;base64,${link.thumbnail}`}
					alt=""
					className="size-12 shrink-0 rounded-sm object-cover"
				/>
			)}
			<div className="min-w-0">
				<p className="outside line-clamp-2 font-medium">{link.title}</p>
				{link.description && <p className="outside line-clamp-2 text-soft">{link.description}</p>}
			</div>
		</div>
	);
}

function Who({ message, chat }: { message: Message; chat: Chat }) {
	const t = useWords(threadWords);
	const { data: members } = useMembers();
	const sender = useContact(chat.group && !message.from_me ? message.sender_id : undefined);
	let name = "";
	if (!message.from_me) name = chat.group ? nameOf(sender.data ?? {}) || t("someone") : "";
	else if (message.by === "member") name = members?.items.find((m) => m.id === message.by_id)?.name ?? "";
	else if (message.by === "rule" || message.by === "assistant") name = t("byRule");
	else if (message.by === "phone" || !message.by) name = t("byPhone");
	else if (message.by === "api") name = t("byApi");
	if (!name) return null;
	return <p className="outside truncate font-semibold text-accent-ink text-xs">{name}</p>;
}

function Quote({ message, onJump }: { message: Message; onJump: (networkId: string) => void }) {
	const t = useWords(threadWords);
	const quote = message.content.quote;
	if (!quote) return null;
	return (
		<button
			type="button"
			onClick={() => onJump(quote.network_id)}
			className="mb-1 block w-full rounded-md border-accent border-l-3 bg-sunken px-2.5 py-1.5 text-left text-sm"
		>
			<span className="sr-only">{t("replyTo")}</span>
			<span className="outside line-clamp-2 text-soft">{quote.text || t("aMessage")}</span>
		</button>
	);
}

function Foot({ message }: { message: Message }) {
	const t = useWords(threadWords);
	const format = useFormat();
	return (
		<p className="mt-0.5 flex items-center justify-end gap-1.5 text-soft text-xs">
			{message.origin === "offline" && <Badge>{t("late")}</Badge>}
			{(message.content.pin?.until ?? 0) > Date.now() && <Pin className="size-3.5" aria-label={t("isPinned")} />}
			{message.starred && <Star className="size-3.5 fill-current" aria-label={t("starred")} />}
			{Boolean(message.content.expires) && <Clock3 className="size-3.5" aria-label={t("disappears")} />}
			{message.edited_at && !message.revoked_at && <span>{t("edited")}</span>}
			<time dateTime={new Date(message.at).toISOString()} title={format.full(message.at)} className="tabular-nums">
				{format.time(message.at)}
			</time>
			{message.from_me && <Ticks state={message.state} />}
		</p>
	);
}
