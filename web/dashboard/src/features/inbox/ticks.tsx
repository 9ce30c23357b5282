import { Ban, Check, CheckCheck, CircleAlert, Clock, Hourglass, RotateCcw } from "lucide-react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { cn } from "@/ui/cn";
import { deskWords } from "./desk-words";
import { heldUntil } from "./live";
import { useMessageActions } from "./message-actions";
import type { Message } from "./model";
import { meaningOf } from "./reasons";
import { threadWords } from "./thread-words";

const icons = {
	sending: Clock,
	queued: Clock,
	claimed: Clock,
	held: Hourglass,
	sent: Check,
	delivered: CheckCheck,
	read: CheckCheck,
	failed: CircleAlert,
	skipped: Ban,
	cancelled: Ban,
} as const;

type State = keyof typeof icons;

function known(state: string): State {
	return state in icons ? (state as State) : "queued";
}

/** How far a message of ours got. */
export function Ticks({ state }: { state: string }) {
	const t = useWords(threadWords);
	const which = known(state);
	const Icon = icons[which];
	const colour = { read: "text-accent", failed: "text-bad", held: "text-warn" }[which as string];
	return (
		<Icon className={cn("size-4 shrink-0", colour)} role="img" aria-label={t(`state_${which}`)} data-state={which} />
	);
}

/** What is put off for longer than this waits for somebody, not for a time; in milliseconds. */
const forEver = 366 * 24 * 3_600_000;

/** Below a message that does not go, or not now: why, until when, and what can be done. */
export function StateLine({ message }: { message: Message }) {
	const t = useWords(threadWords);
	const format = useFormat();
	const desk = useWords(deskWords);
	const actions = useMessageActions();
	if (!message.from_me || !["held", "failed", "skipped", "cancelled"].includes(message.state)) return null;
	const held = message.state === "held" ? (heldUntil(message.id) ?? message.until) : undefined;
	const until = held && held < Date.now() + forEver ? held : undefined;
	const reason = meaningOf(message.code);
	const again = message.state === "failed";
	return (
		<p
			className={cn(
				"flex flex-wrap items-center justify-end gap-x-2 pt-0.5 text-right text-xs",
				message.state === "failed" ? "text-bad" : "text-warn",
			)}
		>
			<span>
				{t(`line_${message.state as "held" | "failed" | "skipped" | "cancelled"}`)}
				{reason ? `: ${t(`why_${reason}`)}` : message.code ? ` (${message.code})` : ""}
				{until ? ` · ${t("until", { time: format.brief(until) })}` : ""}
			</span>
			{again && (
				<button
					type="button"
					className="inline-flex min-h-9 items-center gap-1 font-semibold underline underline-offset-4"
					onClick={() => void actions.retry(message)}
				>
					<RotateCcw className="size-3.5" aria-hidden />
					{t("sendAgain")}
				</button>
			)}
			{message.state === "held" && (
				<button
					type="button"
					className="min-h-9 font-semibold underline underline-offset-4"
					onClick={() => void actions.cancel(message)}
				>
					{desk("cancelSend")}
				</button>
			)}
		</p>
	);
}
