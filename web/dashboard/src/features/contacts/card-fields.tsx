import { type FormEvent, useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Field, Input, Select } from "@/ui";
import { cardWords } from "./card-words";
import { Part } from "./contact-sheet";
import type { Card, ContactField } from "./model";
import { useFields, useSave } from "./queries";

/** The contact's values of the workspace's own fields. */
export function CardFields({ card }: { card: Card }) {
	const t = useWords(cardWords);
	const can = useCan()("contacts.write");
	const save = useSave(card.id);
	const { data } = useFields();
	const [values, setValues] = useState<Record<string, string>>(card.fields);
	const [busy, setBusy] = useState(false);
	if (!data) return null;
	const changed = Object.fromEntries(
		data.items
			.map((field) => [field.key, values[field.key] ?? ""] as const)
			.filter(([key, value]) => value !== (card.fields[key] ?? "")),
	);
	const send = async (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		await save(() =>
			ask(api.PATCH("/contacts/{id}", { params: { path: { id: card.id } }, body: { fields: changed } })),
		);
		setBusy(false);
	};
	return (
		<Part title={t("fields")}>
			{data.items.length === 0 && <p className="text-soft">{t("noFields")}</p>}
			<form className="flex flex-col gap-3" onSubmit={(e) => void send(e)}>
				{data.items.map((field) => (
					<Field key={field.id} label={<span className="outside">{field.name}</span>}>
						<Value
							field={field}
							value={values[field.key] ?? ""}
							disabled={!can}
							onChange={(value) => setValues({ ...values, [field.key]: value })}
						/>
					</Field>
				))}
				{Object.keys(changed).length > 0 && (
					<Button kind="main" size="sm" type="submit" className="self-end" busy={busy}>
						{t("save")}
					</Button>
				)}
			</form>
		</Part>
	);
}

interface ValueProps {
	field: ContactField;
	value: string;
	disabled: boolean;
	onChange: (value: string) => void;
}

function Value({ field, value, disabled, onChange }: ValueProps) {
	const t = useWords(cardWords);
	if (field.kind === "choice" || field.kind === "yes_no") {
		const options = field.kind === "choice" ? (field.choices ?? []) : ["yes", "no"];
		const known = value === "" || options.includes(value);
		return (
			<Select value={value} disabled={disabled} onChange={(e) => onChange(e.target.value)}>
				<option value="">{t("notSet")}</option>
				{!known && <option value={value}>{value}</option>}
				{options.map((one) => (
					<option key={one} value={one}>
						{field.kind === "choice" ? one : t(one === "yes" ? "yes" : "no")}
					</option>
				))}
			</Select>
		);
	}
	return (
		<Input
			type={field.kind === "date" ? "date" : "text"}
			inputMode={field.kind === "number" ? "decimal" : undefined}
			value={value}
			maxLength={200}
			disabled={disabled}
			onChange={(e) => onChange(e.target.value)}
		/>
	);
}
