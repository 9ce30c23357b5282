import { X } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { phoneNumber } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Combobox, Field, FormFault } from "@/ui";
import type { Draft } from "./draft";
import { useFound } from "./queries";
import { whoWords } from "./who-words";

interface ContactsProps {
	chosen: Draft["contacts"];
	onChange: (contacts: Draft["contacts"]) => void;
}

/** Contacts picked one by one: they are found by name or number, and each stands below until it is taken out. */
export function ContactSource({ chosen, onChange }: ContactsProps) {
	const t = useWords(whoWords);
	const [text, setText] = useState("");
	const { data, error } = useFound(useDeferredValue(text.trim()));
	const free = data?.items.filter((card) => !chosen.some((one) => one.id === card.id)) ?? [];
	const options = free.map((card) => {
		const phone = card.phone ? phoneNumber(card.phone) : "";
		return { value: card.id, label: [card.name, phone].filter(Boolean).join(" · ") || t("nameless") };
	});
	const add = (id: string) => {
		const card = free.find((one) => one.id === id);
		if (!card) return;
		const values = { ...card.fields, name: card.name ?? "", phone: card.phone ?? "" };
		onChange([...chosen, { id, name: card.name || phoneNumber(card.phone ?? "") || t("nameless"), values }]);
	};
	return (
		<div className="flex flex-col gap-3">
			<Field label={t("contacts")} hideLabel>
				<Combobox placeholder={t("pickContact")} options={options} onSearch={setText} onChange={add} />
			</Field>
			<FormFault fault={error} />
			{chosen.length > 0 && (
				<>
					<p role="status" className="font-medium text-sm">
						{t("contactsCount", { count: chosen.length })}
					</p>
					<ul aria-label={t("contacts")} className="flex max-h-60 flex-wrap gap-1.5 overflow-y-auto">
						{chosen.map((one) => (
							<li
								key={one.id}
								className="inline-flex min-h-9 max-w-full items-center rounded-full border border-line bg-surface pl-3 text-sm max-md:min-h-11"
							>
								<span className="outside min-w-0 truncate">{one.name}</span>
								<button
									type="button"
									aria-label={t("dropContact", { name: one.name })}
									onClick={() => onChange(chosen.filter((other) => other.id !== one.id))}
									className="inline-flex size-9 shrink-0 items-center justify-center rounded-full text-soft hover:bg-sunken max-md:size-11"
								>
									<X className="size-4" aria-hidden />
								</button>
							</li>
						))}
					</ul>
				</>
			)}
		</div>
	);
}
