import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Pin, PinOff } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, IconButton, toastFault } from "@/ui";
import { keptKeys, newestFirst, pinsAt, useKept } from "./kept";
import { alter } from "./live";
import { type Chat, labelOf, type Message } from "./model";
import { moreWords } from "./more-words";

const times = [86_400, 604_800, 2_592_000] as const;

/** Pins a message, or takes it from there with no seconds. The network is asked; what it says comes as an event. */
function usePinning() {
	const client = useQueryClient();
	return async (message: Message, seconds?: (typeof times)[number]) => {
		const now = Date.now();
		const pin = { at: now, until: seconds ? now + seconds * 1000 : 0 };
		const params = { path: { id: message.id } };
		alter(client, message.chat_id, message.id, (m) => ({ ...m, content: { ...m.content, pin } }));
		try {
			if (seconds) await api.PUT("/messages/{id}/pin", { params, body: { seconds } });
			else await api.DELETE("/messages/{id}/pin", { params });
		} catch (error) {
			alter(client, message.chat_id, message.id, (m) => ({
				...m,
				content: { ...m.content, pin: message.content.pin },
			}));
			toastFault(error);
		}
		await client.invalidateQueries({ queryKey: keptKeys.chat(message.chat_id) });
	};
}

/** What is pinned, above the thread: a touch leads there, and to the next one after it. */
export function Pins({ chat }: { chat: Chat }) {
	const t = useWords(moreWords);
	const can = useCan()("messages.send");
	const unpin = usePinning();
	const query = useKept(chat.id, "pinned");
	const [at, setAt] = useState(0);
	const pins = pinsAt(newestFirst(query.data?.pages), Date.now());
	const n = at % Math.max(1, pins.length);
	const one = pins[n];
	if (!one) return null;
	return (
		<section
			aria-label={t("pinned")}
			className="flex items-center border-line border-b bg-surface pr-2 pl-3 text-sm md:pl-5"
		>
			<Link
				to="/inbox/$chat"
				params={{ chat: chat.id }}
				search={{ message: one.id } as never}
				onClick={() => setAt(n + 1)}
				className="flex min-h-11 min-w-0 flex-1 items-center gap-2.5 rounded-md hover:bg-sunken"
			>
				<Pin className="size-4 shrink-0 text-accent" aria-hidden />
				<span className="sr-only">{t("toPinned", { n: n + 1, all: pins.length })}</span>
				<bdi className="outside min-w-0 flex-1 truncate">{labelOf(one, t)}</bdi>
				{pins.length > 1 && (
					<span className="shrink-0 text-soft tabular-nums" aria-hidden>
						{n + 1}/{pins.length}
					</span>
				)}
			</Link>
			{can && (
				<IconButton label={t("unpinMessage")} onClick={() => void unpin(one)}>
					<PinOff />
				</IconButton>
			)}
		</section>
	);
}

/** Asks for how long a message is pinned, or takes it from there at once. */
export default function PinDialog({ message, onClose }: { message: Message; onClose: () => void }) {
	const t = useWords(moreWords);
	const pin = usePinning();
	const pinned = (message.content.pin?.until ?? 0) > Date.now();
	const choose = (seconds?: (typeof times)[number]) => {
		void pin(message, seconds);
		onClose();
	};
	return (
		<Dialog open onOpenChange={onClose} title={t("pinTitle")} description={t("pinHint")}>
			<div className="flex flex-wrap gap-2">
				{times.map((seconds) => (
					<Button key={seconds} onClick={() => choose(seconds)}>
						{t(`pin_${seconds}`)}
					</Button>
				))}
				{pinned && (
					<Button kind="quiet" onClick={() => choose()}>
						<PinOff />
						{t("unpinMessage")}
					</Button>
				)}
			</div>
		</Dialog>
	);
}
