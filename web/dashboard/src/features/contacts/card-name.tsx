import { Pencil } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Field, IconButton, Input } from "@/ui";
import { cardWords } from "./card-words";
import type { Card } from "./model";
import { useSave } from "./queries";

/** How the contact is called, and how to call it otherwise. */
export function CardName({ card, name }: { card: Card; name: string }) {
	const t = useWords(cardWords);
	const can = useCan()("contacts.write") && !card.group;
	const save = useSave(card.id);
	const [editing, setEditing] = useState(false);
	const [text, setText] = useState(card.name);
	const [busy, setBusy] = useState(false);
	const send = async (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		const params = { path: { id: card.id } };
		const saved = await save(() => ask(api.PATCH("/contacts/{id}", { params, body: { name: text.trim() } })));
		setBusy(false);
		if (saved) setEditing(false);
	};
	if (!editing)
		return (
			<div className="flex items-start gap-1">
				<p className="outside min-w-0 flex-1 pt-1.5 font-semibold text-lg leading-snug">
					<bdi>{name}</bdi>
				</p>
				{can && (
					<IconButton label={t("rename")} onClick={() => setEditing(true)}>
						<Pencil />
					</IconButton>
				)}
			</div>
		);
	return (
		<form className="flex flex-col gap-2" onSubmit={(e) => void send(e)}>
			<Field label={t("name")} hint={card.name_source === "push" ? t("ownName") : undefined}>
				<Input autoFocus value={text} maxLength={200} onChange={(e) => setText(e.target.value)} />
			</Field>
			<div className="flex gap-2">
				<Button kind="main" size="sm" type="submit" busy={busy} disabled={!text.trim()}>
					{t("save")}
				</Button>
				<Button size="sm" onClick={() => setEditing(false)}>
					{t("cancel")}
				</Button>
			</div>
		</form>
	);
}
