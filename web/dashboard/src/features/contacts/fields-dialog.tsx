import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Badge, Button, Dialog, Field, FormFault, Input, Select, Textarea } from "@/ui";
import { contactsKeys } from "./keys";
import { manageWords } from "./manage-words";
import type { ContactField } from "./model";
import { useFields } from "./queries";
import { RemoveButton } from "./remove-button";

const kinds = ["text", "number", "date", "choice", "yes_no"] as const;

/** The workspace's own fields of contacts, to make and delete. */
export default function FieldsDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(manageWords);
	const client = useQueryClient();
	const { data } = useFields();
	const told = () => {
		void client.invalidateQueries({ queryKey: contactsKeys.fields });
		void client.invalidateQueries({ queryKey: contactsKeys.all });
	};
	return (
		<Dialog open onOpenChange={(open) => !open && onClose()} title={t("fields")} description={t("fieldsHint")}>
			{data?.items.length === 0 && <p className="py-4 text-soft">{t("noFields")}</p>}
			<ul className="flex flex-col">
				{data?.items.map((field) => (
					<li key={field.id} className="flex items-center gap-2 border-line border-b py-1.5">
						<span className="min-w-0 flex-1">
							<span className="outside block font-medium">{field.name}</span>
							{field.choices && <span className="outside block text-sm text-soft">{field.choices.join(", ")}</span>}
						</span>
						<Badge>{t(`kind_${field.kind}`)}</Badge>
						<RemoveButton
							name={field.name}
							hint={t("removeFieldHint")}
							onRemove={async () => {
								await ask(api.DELETE("/contact-fields/{id}", { params: { path: { id: field.id } } }));
								told();
							}}
						/>
					</li>
				))}
			</ul>
			<NewField onMade={told} />
		</Dialog>
	);
}

function NewField({ onMade }: { onMade: () => void }) {
	const t = useWords(manageWords);
	const [name, setName] = useState("");
	const [kind, setKind] = useState<ContactField["kind"]>("text");
	const [lines, setLines] = useState("");
	const [fault, setFault] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const send = async (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		const choices = lines.split("\n").map((line) => line.trim());
		const body = { name: name.trim(), kind, choices: kind === "choice" ? choices.filter(Boolean) : undefined };
		try {
			await ask(api.POST("/contact-fields", { body }));
			setName("");
			setLines("");
			setFault(undefined);
			onMade();
		} catch (error) {
			setFault(error);
		}
		setBusy(false);
	};
	return (
		<form className="flex flex-col gap-3 pt-4" onSubmit={(e) => void send(e)}>
			<div className="grid grid-cols-2 gap-3">
				<Field label={t("fieldName")} name="name" fault={fault}>
					<Input value={name} maxLength={50} autoComplete="off" onChange={(e) => setName(e.target.value)} />
				</Field>
				<Field label={t("kind")}>
					<Select value={kind} onChange={(e) => setKind(e.target.value as ContactField["kind"])}>
						{kinds.map((one) => (
							<option key={one} value={one}>
								{t(`kind_${one}`)}
							</option>
						))}
					</Select>
				</Field>
			</div>
			{kind === "choice" && (
				<Field label={t("choices")} name="choices" fault={fault} hint={t("choicesHint")}>
					<Textarea value={lines} maxLength={5000} onChange={(e) => setLines(e.target.value)} />
				</Field>
			)}
			<FormFault fault={fault} fields={["name", "choices"]} />
			<Button kind="main" type="submit" className="self-end" busy={busy} disabled={!name.trim()}>
				{t("create")}
			</Button>
		</form>
	);
}
