import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Field, Textarea, toastFault } from "@/ui";
import { detailsWords } from "./details-words";

/** What the business keeps in mind about a contact. The contact never sees it. */
export function Note({ contact }: { contact: Schema["ContactCardView"] }) {
	const t = useWords(detailsWords);
	const client = useQueryClient();
	const can = useCan()("contacts.write");
	const stored = contact.note ?? "";
	const [text, setText] = useState(stored);
	const [seen, setSeen] = useState(stored);
	if (seen !== stored) {
		// A colleague has written it anew; what one is writing oneself stays.
		setSeen(stored);
		if (text === seen) setText(stored);
	}
	const [busy, setBusy] = useState(false);
	const save = async () => {
		setBusy(true);
		try {
			const now = await ask(
				api.PATCH("/contacts/{id}", { params: { path: { id: contact.id } }, body: { note: text } }),
			);
			client.setQueryData(["contacts", "one", contact.id], now);
		} catch (error) {
			toastFault(error);
		}
		setBusy(false);
	};
	return (
		<section className="flex flex-col gap-2 border-line border-t py-4">
			<Field label={t("note")} hint={t("noteHint")}>
				<Textarea value={text} maxLength={4000} disabled={!can} onChange={(e) => setText(e.target.value)} />
			</Field>
			{text !== stored && (
				<Button kind="main" size="sm" className="self-end" busy={busy} onClick={() => void save()}>
					{t("save")}
				</Button>
			)}
		</section>
	);
}
