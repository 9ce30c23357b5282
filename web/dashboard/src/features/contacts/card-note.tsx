import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Field, Textarea } from "@/ui";
import { cardWords } from "./card-words";
import { Part } from "./contact-sheet";
import type { Card } from "./model";
import { useSave } from "./queries";

/** What the business keeps in mind about a contact. The contact never sees it. */
export function CardNote({ card }: { card: Card }) {
	const t = useWords(cardWords);
	const can = useCan()("contacts.write");
	const save = useSave(card.id);
	const [text, setText] = useState(card.note ?? "");
	const [busy, setBusy] = useState(false);
	const send = async () => {
		setBusy(true);
		await save(() => ask(api.PATCH("/contacts/{id}", { params: { path: { id: card.id } }, body: { note: text } })));
		setBusy(false);
	};
	return (
		<Part title={t("note")}>
			<Field label={t("note")} hideLabel hint={t("noteHint")}>
				<Textarea value={text} maxLength={4000} disabled={!can} onChange={(e) => setText(e.target.value)} />
			</Field>
			{text !== (card.note ?? "") && (
				<Button kind="main" size="sm" className="self-end" busy={busy} onClick={() => void send()}>
					{t("save")}
				</Button>
			)}
		</Part>
	);
}
