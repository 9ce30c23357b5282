import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useKeyFor } from "@/app/saying/key-for";
import { api } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Dialog, Field, FormFault, Input, Textarea, toast } from "@/ui";
import { deskKeys, type Scheduled } from "./desk";
import { deskWords } from "./desk-words";
import type { Said } from "./model";
import { moreWords } from "./more-words";
import { snoozes } from "./snooze";
import { threadWords } from "./thread-words";

interface LaterProps {
	chat: string;
	said: Said;
	/** One that is scheduled already, to be changed. */
	change?: Scheduled;
	onClose: () => void;
	onDone: () => void;
}

/** A moment as an input of the browser writes it, in this device's time. */
function local(at: number): string {
	const date = new Date(at);
	return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Asks when a message is to go. */
export default function Later({ chat, said, change, onClose, onDone }: LaterProps) {
	const t = useWords(deskWords);
	const names = useWords(threadWords);
	const format = useFormat();
	const client = useQueryClient();
	const keyFor = useKeyFor();
	const more = useWords(moreWords);
	const [text, setText] = useState(said.text ?? "");
	const [at, setAt] = useState(() => Math.max(change?.send_at ?? 0, Date.now() + (change ? 60_000 : 3_600_000)));
	const [unlessReply, setUnlessReply] = useState(change?.cancel_on_reply ?? true);
	const [fault, setFault] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const save = async () => {
		setBusy(true);
		try {
			if (change) {
				const message =
					change.content.kind !== "text" || text.trim() === said.text ? undefined : { ...said, text: text.trim() };
				const params = { path: { id: change.id } };
				await api.PATCH("/scheduled/{id}", { params, body: { message, send_at: at, cancel_on_reply: unlessReply } });
			} else {
				const body = { ...said, send_at: at, cancel_on_reply: unlessReply };
				const params = { path: { id: chat }, header: { "Idempotency-Key": keyFor(body) } };
				await api.POST("/chats/{id}/scheduled", { params, body });
			}
			await client.invalidateQueries({ queryKey: deskKeys.scheduled(chat) });
			toast(change ? more("isChanged") : t("isScheduled"), { kind: "good" });
			onDone();
		} catch (error) {
			setFault(error);
			setBusy(false);
		}
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={change ? more("changeScheduled") : t("later")}
			description={!change && <span className="outside line-clamp-2">{said.text}</span>}
			actions={
				<>
					<Button onClick={onClose}>{t("cancel")}</Button>
					<Button kind="main" busy={busy} onClick={() => void save()}>
						{change ? more("saveChange") : t("schedule")}
					</Button>
				</>
			}
		>
			<div className="flex flex-col gap-4">
				{change?.content.kind === "text" && (
					<Field label={more("message")} name="text" fault={fault}>
						<Textarea value={text} maxLength={60_000} onChange={(e) => setText(e.target.value)} />
					</Field>
				)}
				<div className="flex flex-wrap gap-2">
					{snoozes(Date.now()).map((one) => (
						<Button key={one.name} size="sm" className="max-md:h-11" onClick={() => setAt(one.at)}>
							{names(one.name)}
						</Button>
					))}
				</div>
				<Field label={t("when")} name="send_at" fault={fault} hint={format.full(at)}>
					<Input
						type="datetime-local"
						value={local(at)}
						min={local(Date.now())}
						onChange={(e) => e.target.value && setAt(new Date(e.target.value).getTime())}
					/>
				</Field>
				<Checkbox label={t("cancelOnReply")} checked={unlessReply} onChange={setUnlessReply} />
				<FormFault fault={fault} fields={["text", "send_at"]} />
			</div>
		</Dialog>
	);
}
