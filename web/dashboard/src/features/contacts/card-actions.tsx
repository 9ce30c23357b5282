import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ban, Merge, MessageSquare, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, Field, Input, toast, toastFault } from "@/ui";
import { useChatsOf } from "./card-chats";
import { cardWords } from "./card-words";
import { contactsKeys } from "./keys";
import type { Card } from "./model";
import { useSave } from "./queries";

const MergeWith = lazily(() => import("./merge-with"));

interface ActionsProps {
	card: Card;
	name: string;
	onGone: () => void;
}

/** What can be done with a contact as a whole. */
export function CardActions({ card, name, onGone }: ActionsProps) {
	const t = useWords(cardWords);
	const can = useCan();
	const { chats } = useChatsOf(card.id);
	const [asked, setAsked] = useState<"block" | "erase" | "merge">();
	const close = () => setAsked(undefined);
	const block = useBlock(card);
	const navigate = useNavigate();
	return (
		<div className="flex flex-wrap gap-2 pb-4">
			{chats[0] && (
				<Button asChild kind="main" size="sm" className="max-md:h-11">
					<Link to="/inbox/$chat" params={{ chat: chats[0].id }}>
						<MessageSquare aria-hidden />
						{t("openChat")}
					</Link>
				</Button>
			)}
			{can("contacts.write") && !card.group && (
				<Button
					size="sm"
					className="max-md:h-11"
					busy={block.busy}
					onClick={() => (card.blocked ? void block.run(false) : setAsked("block"))}
				>
					<Ban />
					{t(card.blocked ? "unblock" : "block")}
				</Button>
			)}
			{can("contacts.write") && !card.group && (
				<Button size="sm" className="max-md:h-11" onClick={() => setAsked("merge")}>
					<Merge />
					{t("merge")}
				</Button>
			)}
			{can("contacts.manage") && (
				<Button size="sm" kind="quiet" className="text-bad max-md:h-11" onClick={() => setAsked("erase")}>
					<Trash2 />
					{t("erase")}
				</Button>
			)}
			<ConfirmDialog
				open={asked === "block"}
				onOpenChange={close}
				title={t("blockAsk", { name })}
				description={t("blockHint")}
				confirm={t("block")}
				danger
				busy={block.busy}
				onConfirm={() => void block.run(true).then(close)}
			/>
			{asked === "merge" && (
				<Suspense>
					<MergeWith
						card={card}
						onClose={close}
						onMerged={(kept) => void navigate({ to: "/contacts/$contact", params: { contact: kept } })}
					/>
				</Suspense>
			)}
			{asked === "erase" && <Erase card={card} name={name} onClose={close} onGone={onGone} />}
		</div>
	);
}

function useBlock(card: Card) {
	const [busy, setBusy] = useState(false);
	const save = useSave(card.id);
	const params = { path: { id: card.id } };
	const run = async (on: boolean) => {
		setBusy(true);
		await save(async () => {
			await (on
				? ask(api.POST("/contacts/{id}/block", { params, body: {} }))
				: ask(api.DELETE("/contacts/{id}/block", { params })));
			return { ...card, blocked: on };
		});
		setBusy(false);
	};
	return { busy, run };
}

function Erase({ card, name, onClose, onGone }: ActionsProps & { onClose: () => void }) {
	const t = useWords(cardWords);
	const client = useQueryClient();
	const [text, setText] = useState("");
	const [busy, setBusy] = useState(false);
	// What the server wants to hear: the name, else + and the number.
	const wanted = card.name || (card.phone ? `+${card.phone}` : name);
	const erase = async () => {
		if (text.trim() !== wanted.trim()) return;
		setBusy(true);
		try {
			await ask(api.POST("/contacts/{id}/erase", { params: { path: { id: card.id } }, body: { name: wanted } }));
			toast(t("erased"), { kind: "good" });
			onGone();
			client.removeQueries({ queryKey: contactsKeys.one(card.id) });
			void client.invalidateQueries({ queryKey: contactsKeys.all });
			void client.invalidateQueries({ queryKey: ["chats"] });
		} catch (error) {
			toastFault(error);
			setBusy(false);
		}
	};
	return (
		<ConfirmDialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("eraseAsk", { name })}
			description={t("eraseHint")}
			confirm={t("erase")}
			danger
			busy={busy}
			onConfirm={() => void erase()}
		>
			<Field label={<span className="outside">{t("eraseType", { name: wanted })}</span>}>
				<Input value={text} autoComplete="off" onChange={(e) => setText(e.target.value)} />
			</Field>
		</ConfirmDialog>
	);
}
