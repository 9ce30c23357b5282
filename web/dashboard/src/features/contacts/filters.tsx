import { X } from "lucide-react";
import { useState } from "react";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Field, IconButton, Input, Select } from "@/ui";
import { type ContactFilter, filterStore, splitField } from "./model";
import { useDevices, useFields, useTags } from "./queries";
import { TagDot } from "./tag-mark";
import { contactsWords } from "./words";

function set(more: ContactFilter) {
	filterStore.set({ ...filterStore.get(), ...more });
}

/** Everything by which the list can be narrowed, beside the search. */
export function Filters() {
	const t = useWords(contactsWords);
	const filter = useStore(filterStore);
	const { data: devices } = useDevices();
	return (
		<div className="flex flex-col gap-4">
			<TagChoice />
			<Choice name="consent" label={t("consent")} options={["in", "out", "unknown"]} word={(o) => t(`consent_${o}`)} />
			<Choice name="blocked" label={t("blocked")} options={["true", "false"]} word={(o) => t(`blocked_${o}`)} />
			<Choice name="kind" label={t("kind")} options={["people", "groups"]} word={(o) => t(o)} />
			{devices && devices.items.length > 0 && (
				<Field label={t("device")}>
					<Select value={filter.device_id ?? ""} onChange={(e) => set({ device_id: e.target.value || undefined })}>
						<option value="">{t("any")}</option>
						{devices.items.map((one) => (
							<option key={one.id} value={one.id}>
								{one.name}
							</option>
						))}
					</Select>
				</Field>
			)}
			<FieldChoice />
			<Button onClick={() => filterStore.set({ kind: "people", sort: filter.sort })}>{t("reset")}</Button>
		</div>
	);
}

interface ChoiceProps<N extends keyof ContactFilter, O extends string> {
	name: N;
	label: string;
	options: O[];
	word: (option: O) => string;
}

function Choice<N extends "consent" | "blocked" | "kind", O extends NonNullable<ContactFilter[N]> & string>({
	name,
	label,
	options,
	word,
}: ChoiceProps<N, O>) {
	const t = useWords(contactsWords);
	const filter = useStore(filterStore);
	return (
		<Field label={label}>
			<Select value={filter[name] ?? ""} onChange={(e) => set({ [name]: e.target.value || undefined })}>
				<option value="">{t("any")}</option>
				{options.map((one) => (
					<option key={one} value={one}>
						{word(one)}
					</option>
				))}
			</Select>
		</Field>
	);
}

function TagChoice() {
	const t = useWords(contactsWords);
	const { tag = [] } = useStore(filterStore);
	const { data } = useTags();
	if (!data || data.items.length === 0) return null;
	return (
		<fieldset className="flex flex-col">
			<legend className="pb-1 font-medium text-sm">{t("tags")}</legend>
			<div className="max-h-44 overflow-y-auto">
				{data.items.map((one) => (
					<Checkbox
						key={one.id}
						className="min-h-9 items-center max-md:min-h-11"
						checked={tag.includes(one.name)}
						onChange={(on) => set({ tag: on ? [...tag, one.name] : tag.filter((name) => name !== one.name) })}
						label={
							<span className="inline-flex items-center gap-2">
								<TagDot color={one.color} />
								<span className="outside">{one.name}</span>
							</span>
						}
					/>
				))}
			</div>
		</fieldset>
	);
}

function FieldChoice() {
	const t = useWords(contactsWords);
	const { field = [] } = useStore(filterStore);
	const { data } = useFields();
	const [key, setKey] = useState("");
	const [value, setValue] = useState("");
	const fields = data?.items ?? [];
	if (fields.length === 0) return null;
	const chosen = fields.find((one) => one.key === key) ?? fields[0];
	const add = () => {
		if (!chosen || !value.trim()) return;
		set({ field: [...field, `${chosen.key}:${value.trim()}`] });
		setValue("");
	};
	return (
		<div className="flex flex-col gap-2">
			{field.map((pair) => {
				const [k, v] = splitField(pair);
				const name = `${fields.find((one) => one.key === k)?.name ?? k}: ${v}`;
				return (
					<p key={pair} className="flex items-center gap-2 rounded-md bg-sunken pl-3">
						<span className="outside min-w-0 flex-1 text-sm">{name}</span>
						<IconButton
							label={t("remove", { name })}
							onClick={() => set({ field: field.filter((other) => other !== pair) })}
						>
							<X />
						</IconButton>
					</p>
				);
			})}
			<div className="grid grid-cols-2 gap-2">
				<Field label={t("field")}>
					<Select value={chosen?.key} onChange={(e) => setKey(e.target.value)}>
						{fields.map((one) => (
							<option key={one.key} value={one.key}>
								{one.name}
							</option>
						))}
					</Select>
				</Field>
				<Field label={t("fieldValue")}>
					<Input
						value={value}
						maxLength={200}
						onChange={(e) => setValue(e.target.value)}
						onKeyDown={(e) => e.key === "Enter" && add()}
					/>
				</Field>
			</div>
			<Button size="sm" disabled={!value.trim()} onClick={add}>
				{t("fieldAdd")}
			</Button>
		</div>
	);
}
