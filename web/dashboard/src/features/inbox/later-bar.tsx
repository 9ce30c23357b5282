import { useQueryClient } from "@tanstack/react-query";
import { CalendarClock, CalendarX2, Clock, X } from "lucide-react";
import { Suspense, useState } from "react";
import { api } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { cn, IconButton, toastFault } from "@/ui";
import { deskKeys, type Scheduled, useScheduled } from "./desk";
import { deskWords } from "./desk-words";
import { moreWords } from "./more-words";

const Later = lazily(() => import("./later"));

/** What waits to be sent in a chat, or was not sent, above the composer. A touch changes it. */
export function ScheduledList({ chat }: { chat: string }) {
	const t = useWords(deskWords);
	const client = useQueryClient();
	const list = useScheduled(chat);
	const [changing, setChanging] = useState<Scheduled>();
	const cancel = async (id: string) => {
		try {
			await api.DELETE("/scheduled/{id}", { params: { path: { id } } });
			await client.invalidateQueries({ queryKey: deskKeys.scheduled(chat) });
		} catch (error) {
			toastFault(error);
		}
	};
	if (list.length === 0) return null;
	return (
		<>
			<ul className="mb-2 flex max-h-32 flex-col gap-1 overflow-y-auto" aria-label={t("later")}>
				{list.map((one) => (
					<li key={one.id} className="flex items-center rounded-md bg-sunken text-sm">
						<One one={one} onClick={() => setChanging(one)} />
						<IconButton label={t("unschedule")} onClick={() => void cancel(one.id)}>
							<X />
						</IconButton>
					</li>
				))}
			</ul>
			{changing && (
				<Suspense>
					<Later
						chat={chat}
						said={{ text: changing.content.text ?? "", reply_to: changing.reply_to }}
						change={changing}
						onClose={() => setChanging(undefined)}
						onDone={() => setChanging(undefined)}
					/>
				</Suspense>
			)}
		</>
	);
}

function One({ one, onClick }: { one: Scheduled; onClick: () => void }) {
	const t = useWords(deskWords);
	const more = useWords(moreWords);
	const format = useFormat();
	const waits = one.state === "waiting";
	const Icon = waits ? Clock : CalendarX2;
	return (
		<button
			type="button"
			onClick={onClick}
			aria-label={more("changeScheduled")}
			className="flex min-h-9 min-w-0 flex-1 items-center gap-2 rounded-md pl-3 text-left max-md:min-h-11"
		>
			<Icon className={cn("size-4 shrink-0", waits ? "text-soft" : "text-bad")} aria-hidden />
			<span className="outside min-w-0 flex-1 truncate">{one.content.text || one.content.media?.filename}</span>
			<span className={cn("shrink-0 truncate", waits ? "text-soft" : "text-bad")}>
				{waits
					? t("scheduled", { time: format.brief(one.send_at) })
					: more(one.code === "replied" ? "notSent_cancelled" : "notSent_failed")}
			</span>
		</button>
	);
}

/** Opens the question when to send. */
export function LaterButton({ onClick }: { onClick: () => void }) {
	const t = useWords(deskWords);
	return (
		<IconButton label={t("later")} onClick={onClick}>
			<CalendarClock />
		</IconButton>
	);
}
