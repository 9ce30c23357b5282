import { Check } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import type { Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { cn } from "@/ui/cn";
import { useMessageActions } from "./message-actions";
import type { Message } from "./model";
import { threadWords } from "./thread-words";

/** A poll with what everybody chose; a touch on an option votes as the account. */
export function Poll({ message, poll }: { message: Message; poll: Schema["DevicePoll"] }) {
	const t = useWords(threadWords);
	const can = useCan()("messages.send");
	const actions = useMessageActions();
	const [busy, setBusy] = useState(false);
	const mine = poll.votes?.find((vote) => !vote.sender_id)?.options ?? [];
	const voters = poll.votes?.filter((vote) => vote.options.length > 0).length ?? 0;
	const choose = async (option: string) => {
		const one = poll.selectable === 1;
		const rest = mine.filter((o) => o !== option);
		setBusy(true);
		await actions.vote(message, mine.includes(option) ? rest : one ? [option] : [...rest, option]);
		setBusy(false);
	};
	return (
		<fieldset className="my-1 w-72 max-w-full" disabled={busy || !can}>
			<legend className="font-semibold">
				<span className="outside line-clamp-8">{poll.name}</span>
			</legend>
			<p className="text-soft text-xs">{t(poll.selectable === 1 ? "pollOne" : "pollMany")}</p>
			{poll.options.map((option, i) => {
				const count = poll.counts?.[i] ?? 0;
				return (
					<button
						// biome-ignore lint/suspicious/noArrayIndexKey: options don't move, and two may be alike
						key={i}
						type="button"
						aria-pressed={mine.includes(option)}
						onClick={() => void choose(option)}
						className="mt-1.5 block min-h-11 w-full rounded-md px-1 text-left hover:bg-sunken"
					>
						<span className="flex items-center gap-2">
							<span
								className={cn(
									"inline-flex size-5 shrink-0 items-center justify-center rounded-full border",
									mine.includes(option) ? "border-accent bg-accent text-on-accent" : "border-line-strong",
								)}
							>
								{mine.includes(option) && <Check className="size-3.5" aria-hidden />}
							</span>
							<span className="outside min-w-0 flex-1">{option}</span>
							<span className="text-soft text-sm tabular-nums">{count}</span>
						</span>
						<span className="mt-1 ml-7 block h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden>
							<span
								className="block h-full rounded-full bg-accent"
								style={{ width: `${voters ? (100 * count) / voters : 0}%` }}
							/>
						</span>
					</button>
				);
			})}
			<p className="mt-1 text-soft text-xs">{t("voters", { count: voters })}</p>
		</fieldset>
	);
}
