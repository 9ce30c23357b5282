import { useQueryClient } from "@tanstack/react-query";
import { Paperclip, RotateCcw, Trash2 } from "lucide-react";
import { useFormat } from "@/lib/format";
import { useLiveState } from "@/lib/live";
import { useWords } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Body } from "./body";
import { bubbleLook } from "./bubble";
import { again, forget, type Outgoing, useOutgoing, waitedLong } from "./outgoing";
import { threadWords } from "./thread-words";
import { Ticks } from "./ticks";

const action = "inline-flex min-h-9 items-center gap-1 font-semibold underline underline-offset-4";

/** What of a chat the server has not taken yet, where the chat itself can't be shown. */
export function Unsent({ chat }: { chat: string }) {
	const t = useWords(threadWords);
	const outgoing = useOutgoing(chat);
	if (outgoing.length === 0) return null;
	return (
		<section aria-label={t("messages")} className="flex shrink-0 flex-col gap-2 py-3">
			{outgoing.map((one) => (
				<OutgoingBubble key={one.key} one={one} />
			))}
		</section>
	);
}

/** What the server has not taken yet, already where it will be. */
export function OutgoingBubble({ one }: { one: Outgoing }) {
	const t = useWords(threadWords);
	const format = useFormat();
	const client = useQueryClient();
	const live = useLiveState();
	let why = one.fault?.text;
	if (one.fault?.code === waitedLong) why = t("waitedLong");
	if (one.fault?.status === 0 && live !== "online") why = t(one.file ? "fileGoesLater" : "goesLater");
	return (
		<article className="flex flex-col items-end px-3 md:px-5" aria-busy={!one.fault}>
			<div className={cn(bubbleLook, "bg-accent-soft", one.fault && "outline-1 outline-bad")}>
				{one.file && (
					<p className="flex items-center gap-2">
						<Paperclip className="size-4 shrink-0" aria-hidden />
						<span className="outside truncate">{one.file.name}</span>
						<span className="shrink-0 text-soft text-sm">{format.bytes(one.file.size)}</span>
					</p>
				)}
				{one.progress !== undefined && !one.fault && (
					<progress
						aria-label={t("uploading")}
						value={one.progress}
						max={1}
						className="block h-1.5 w-full accent-accent"
					/>
				)}
				{one.said.text && <Body text={one.said.text} />}
				<p className="mt-0.5 flex items-center justify-end gap-1.5 text-soft text-xs">
					<time className="tabular-nums">{format.time(one.at)}</time>
					<Ticks state={one.fault ? "failed" : "sending"} />
				</p>
			</div>
			{one.fault && (
				<p role="alert" className="flex flex-wrap items-center justify-end gap-x-3 pt-0.5 text-right text-bad text-xs">
					<span>{why}</span>
					<button type="button" className={action} onClick={() => again(client, one)}>
						<RotateCcw className="size-3.5" aria-hidden />
						{t("retry")}
					</button>
					<button type="button" className={action} onClick={() => forget(one.key)}>
						<Trash2 className="size-3.5" aria-hidden />
						{t("discard")}
					</button>
				</p>
			)}
		</article>
	);
}
