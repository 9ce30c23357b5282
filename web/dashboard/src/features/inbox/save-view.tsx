import { useQueryClient } from "@tanstack/react-query";
import { BookmarkPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Field, FormFault, Input } from "@/ui";
import type { ChatFilter } from "./chats";
import { moreWords } from "./more-words";
import { viewsChanged } from "./saved-views";

/** Keeps what the list is narrowed to under a name. */
export function SaveView({ filter, onSaved }: { filter: ChatFilter; onSaved: () => void }) {
	const t = useWords(moreWords);
	const client = useQueryClient();
	const [open, setOpen] = useState(false);
	const [name, setName] = useState("");
	const [shared, setShared] = useState(false);
	const [fault, setFault] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const save = async (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		try {
			await api.POST("/views", { body: { name, filter, shared } });
			await viewsChanged(client);
			onSaved();
		} catch (error) {
			setFault(error);
			setBusy(false);
		}
	};
	if (!open)
		return (
			<Button kind="quiet" onClick={() => setOpen(true)}>
				<BookmarkPlus />
				{t("saveView")}
			</Button>
		);
	return (
		<form className="flex flex-col gap-3 border-line border-t pt-3" onSubmit={(e) => void save(e)}>
			<Field label={t("viewName")} name="name" fault={fault}>
				<Input value={name} maxLength={100} required onChange={(e) => setName(e.target.value)} autoFocus />
			</Field>
			<Checkbox label={t("shareView")} checked={shared} onChange={setShared} />
			<FormFault fault={fault} />
			<Button kind="main" type="submit" busy={busy}>
				{t("save")}
			</Button>
		</form>
	);
}
