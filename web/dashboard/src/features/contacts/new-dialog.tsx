import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, Input, toast } from "@/ui";
import { contactsKeys } from "./keys";
import { useChannel } from "./queries";
import { contactsWords } from "./words";

/** A contact by its number. Whoever is there already is shown, not made twice. */
export default function NewDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(contactsWords);
	const client = useQueryClient();
	const navigate = useNavigate();
	const channel = useChannel();
	const form = useId();
	const [name, setName] = useState("");
	const [phone, setPhone] = useState("");
	const [busy, setBusy] = useState(false);
	const [fault, setFault] = useState<unknown>();
	const send = async (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		try {
			const made = await ask(api.POST("/contacts", { body: { name: name.trim(), phone: phone.trim(), channel } }));
			void client.invalidateQueries({ queryKey: contactsKeys.all });
			toast(t("made"), { kind: "good" });
			onClose();
			void navigate({ to: "/contacts/$contact", params: { contact: made.id } });
		} catch (error) {
			setFault(error);
			setBusy(false);
		}
	};
	return (
		<Dialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("add")}
			actions={
				<Button kind="main" type="submit" form={form} busy={busy} disabled={!phone.trim() || !name.trim()}>
					{t("create")}
				</Button>
			}
		>
			<form id={form} className="flex flex-col gap-4" onSubmit={(e) => void send(e)}>
				<Field label={t("name")} name="name" fault={fault}>
					<Input value={name} maxLength={200} autoComplete="off" onChange={(e) => setName(e.target.value)} />
				</Field>
				<Field label={t("phone")} name="phone" fault={fault} hint={t("addHint")}>
					<Input
						type="tel"
						value={phone}
						maxLength={64}
						autoComplete="off"
						onChange={(e) => setPhone(e.target.value)}
					/>
				</Field>
				<FormFault fault={fault} fields={["name", "phone"]} />
			</form>
		</Dialog>
	);
}
