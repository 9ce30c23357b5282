import { useWords } from "@/lib/words";
import { cn } from "@/ui/cn";
import { useReact } from "./message-actions";
import type { Message } from "./model";
import { threadWords } from "./thread-words";

/** What people think of a message; a touch adds one's own, or takes it back. */
export function Reactions({ message }: { message: Message }) {
	const t = useWords(threadWords);
	const react = useReact();
	const list = message.reactions ?? [];
	if (list.length === 0) return null;
	const emoji = [...new Set(list.map((r) => r.emoji))];
	return (
		<div className="z-10 -mt-1.5 flex flex-wrap gap-1 px-2">
			{emoji.map((one) => {
				const count = list.filter((r) => r.emoji === one).length;
				const mine = list.some((r) => r.emoji === one && !r.sender_id);
				return (
					<button
						key={one}
						type="button"
						aria-pressed={mine}
						aria-label={t("reactionCount", { emoji: one, count })}
						onClick={() => void react(message, mine ? "" : one)}
						className={cn(
							"inline-flex h-7 items-center gap-1 rounded-full border bg-raised px-2 text-sm max-md:h-8",
							mine ? "border-accent" : "border-line",
						)}
					>
						<span className="max-w-12 truncate">{one}</span>
						{count > 1 && <span className="text-soft text-xs tabular-nums">{count}</span>}
					</button>
				);
			})}
		</div>
	);
}
