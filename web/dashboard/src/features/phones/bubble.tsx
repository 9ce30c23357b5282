import { Ban, ChevronDown, Forward, RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import { useFormat } from "@/lib/format";
import type { Phone } from "@/lib/phones/network";
import { beginning, isJumbo, piecesOf } from "@/lib/rich-text";
import { useWords } from "@/lib/words";
import { Button, cn, Popover } from "@/ui";
import { RichText } from "@/ui/rich-text";
import type { About } from "./chat-screen";
import { chatWords } from "./chat-words";
import type { Line } from "./model";
import type { useNames } from "./names";
import { Parts } from "./parts";
import type { Pending, useSend } from "./sending";
import { Tick } from "./tick";
import { phonesWords } from "./words";

const look = "relative max-w-[85%] min-w-20 rounded-xl px-2.5 pt-1.5 pb-1 text-[0.9375rem]";
const side = (mine: boolean) =>
	mine ? "self-end rounded-tr-sm bg-accent-soft text-ink" : "self-start rounded-tl-sm border border-line bg-surface";

interface BubbleProps {
	line: Line;
	phone: Phone;
	names: ReturnType<typeof useNames>;
	group: boolean;
	sending: ReturnType<typeof useSend>;
	onAbout: (about: About) => void;
}

/** A message as this phone shows it: its own on the right. */
export function Bubble({ line, phone, names, group, sending, onAbout }: BubbleProps) {
	const t = useWords(chatWords);
	const format = useFormat();
	const { message } = line;
	const revoked = message.status === "revoked";
	const reactions = Object.values(line.reactions);
	return (
		<article className={cn(look, side(message.from_me), reactions.length > 0 && !revoked && "mb-4")}>
			{group && !message.from_me && (
				<p className="outside truncate pr-6 font-semibold text-accent-ink text-xs">{names.name(message.from)}</p>
			)}
			{revoked ? (
				<p className="flex items-center gap-1.5 text-soft italic">
					<Ban className="size-4 shrink-0" aria-hidden />
					{t(message.from_me ? "revokedMine" : "revoked")}
				</p>
			) : (
				<>
					{Boolean(message.forwarded) && (
						<p className="flex items-center gap-1 text-soft text-xs italic">
							<Forward className="size-3.5" aria-hidden />
							{t("forwarded")}
						</p>
					)}
					{message.reply_to && <Quote line={line} names={names} />}
					<Parts line={line} phone={phone} sending={sending} />
					{message.type === "unknown" && !message.text && <p className="text-soft italic">{t("unknown")}</p>}
					{message.text && !["location", "contact", "poll"].includes(message.type) && <Text text={message.text} />}
				</>
			)}
			<p className="mt-0.5 flex items-center justify-end gap-1 text-soft text-xs">
				{message.edited && !revoked && <span>{t("edited")}</span>}
				<time dateTime={new Date(message.timestamp_ms).toISOString()} className="tabular-nums">
					{format.time(message.timestamp_ms)}
				</time>
				{message.from_me && !revoked && <Tick message={message} />}
			</p>
			{Boolean(message.error) && (
				<p className="text-right text-bad text-xs">{t("refused", { code: message.error ?? 0 })}</p>
			)}
			{reactions.length > 0 && !revoked && (
				<p
					className={cn(
						"absolute -bottom-4 flex h-6 items-center rounded-full border border-line bg-raised px-1.5 text-sm",
						message.from_me ? "right-2" : "left-2",
					)}
				>
					<span className="sr-only">{t("reactions", { list: reactions.join(" ") })}</span>
					<span aria-hidden>{[...new Set(reactions)].join("")}</span>
				</p>
			)}
			{!revoked && <Actions line={line} sending={sending} onAbout={onAbout} />}
		</article>
	);
}

function Text({ text }: { text: string }) {
	const t = useWords(chatWords);
	const [whole, setWhole] = useState(false);
	const start = useMemo(() => beginning(text), [text]);
	const shown = start === undefined || whole ? text : start;
	const pieces = useMemo(() => piecesOf(shown), [shown]);
	return (
		<>
			<p
				dir="auto"
				className={cn(
					"outside whitespace-pre-wrap pr-6",
					isJumbo(text) && "text-4xl leading-tight",
					shown !== text && "max-h-72 overflow-hidden",
				)}
			>
				<RichText pieces={pieces} />
				{shown !== text && "…"}
			</p>
			{shown !== text && (
				<button
					type="button"
					className="min-h-9 font-medium text-accent-ink text-sm underline underline-offset-4"
					onClick={() => setWhole(true)}
				>
					{t("more")}
				</button>
			)}
		</>
	);
}

function Quote({ line, names }: { line: Line; names: ReturnType<typeof useNames> }) {
	const t = useWords(chatWords);
	const own = useWords(phonesWords);
	const quote = line.quote;
	return (
		<div className="mb-1 rounded-md border-accent border-l-3 bg-sunken px-2 py-1 text-sm">
			<span className="sr-only">{t("quoted")}</span>
			{quote && (
				<p className="font-medium text-accent-ink text-xs">{quote.from_me ? own("you") : names.name(quote.from)}</p>
			)}
			<p className="outside line-clamp-2 text-soft">{quote?.text || quote?.filename || t("aMessage")}</p>
		</div>
	);
}

const faces = ["👍", "❤️", "😂", "😮", "🙏"];

/** What can be done with a message on this phone. */
function Actions({ line, sending, onAbout }: Pick<BubbleProps, "line" | "sending" | "onAbout">) {
	const t = useWords(chatWords);
	const [open, setOpen] = useState(false);
	const { message } = line;
	const then = (fn: () => void) => () => {
		setOpen(false);
		fn();
	};
	const item = "flex min-h-11 w-full items-center rounded-md px-2.5 text-left hover:bg-sunken md:min-h-9";
	return (
		<Popover
			open={open}
			onOpenChange={setOpen}
			align={message.from_me ? "end" : "start"}
			className="w-64 p-1.5"
			trigger={
				<button
					type="button"
					aria-label={t("actions")}
					className="absolute top-0.5 right-0.5 inline-flex size-7 items-center justify-center rounded-full text-soft hover:bg-sunken data-[state=open]:bg-sunken"
				>
					<ChevronDown className="size-4" aria-hidden />
				</button>
			}
		>
			<div className="mb-1 flex justify-between border-line border-b pb-1">
				{faces.map((emoji) => (
					<button
						key={emoji}
						type="button"
						aria-label={t("react", { emoji })}
						className="inline-flex size-11 items-center justify-center rounded-full text-xl hover:bg-sunken"
						onClick={then(() => sending.send({ reaction: { to: message.id, emoji } }))}
					>
						{emoji}
					</button>
				))}
			</div>
			<button type="button" className={item} onClick={then(() => onAbout({ line, edit: false }))}>
				{t("reply")}
			</button>
			{message.from_me && message.type === "text" && (
				<button type="button" className={item} onClick={then(() => onAbout({ line, edit: true }))}>
					{t("edit")}
				</button>
			)}
			{message.from_me && (
				<button
					type="button"
					className={cn(item, "text-bad")}
					onClick={then(() => sending.send({ revoke: message.id }))}
				>
					{t("revoke")}
				</button>
			)}
		</Popover>
	);
}

/** A message that the network has not taken yet, or could not. */
export function PendingBubble({ pending, sending }: { pending: Pending; sending: ReturnType<typeof useSend> }) {
	const t = useWords(chatWords);
	const { out, failed } = pending;
	const what =
		out.text ??
		out.media?.caption ??
		out.media?.filename ??
		out.location?.name ??
		out.poll?.question ??
		out.contact?.name;
	return (
		<div className="flex flex-col items-end">
			<article className={cn(look, side(true), !failed && "opacity-80")}>
				<p className="outside whitespace-pre-wrap">{what || t("aMessage")}</p>
				{!failed && (
					<p className="mt-0.5 flex justify-end text-soft">
						<Tick />
					</p>
				)}
			</article>
			{failed && (
				<p className="flex items-center gap-1 text-bad text-sm">
					{t("notSent")}
					<Button kind="quiet" size="sm" onClick={() => sending.again(pending)}>
						<RotateCcw aria-hidden />
						{t("again")}
					</Button>
					<Button kind="quiet" size="sm" onClick={() => sending.drop(pending)}>
						{t("cancel")}
					</Button>
				</p>
			)}
		</div>
	);
}
