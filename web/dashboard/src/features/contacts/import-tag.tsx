import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Field, Input, Select } from "@/ui";
import { importWords } from "./import-words";
import { contactsKeys } from "./keys";
import { useTags } from "./queries";

/** The option that asks for the name of a tag that isn't there yet. */
const toNew = "new";

/** Which tag everybody of a file gets, and one that is made for it. */
export function TagChoice({ value, onChange }: { value?: string; onChange: (tagID: string) => void }) {
	const t = useWords(importWords);
	const client = useQueryClient();
	const { data: tags } = useTags();
	const [name, setName] = useState<string>();
	const [fault, setFault] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const make = async () => {
		if (!name?.trim() || busy) return;
		setBusy(true);
		try {
			const tag = await ask(api.POST("/tags", { body: { name: name.trim() } }));
			await client.invalidateQueries({ queryKey: contactsKeys.tags });
			setName(undefined);
			setFault(undefined);
			onChange(tag.id);
		} catch (error) {
			setFault(error);
		}
		setBusy(false);
	};
	const choose = (one: string) => {
		setName(one === toNew ? "" : undefined);
		setFault(undefined);
		onChange(one === toNew ? "" : one);
	};
	return (
		<div className="flex flex-col gap-3">
			<Field label={t("tag")}>
				<Select value={name === undefined ? (value ?? "") : toNew} onChange={(e) => choose(e.target.value)}>
					<option value="">{t("noTag")}</option>
					{tags?.items.map((tag) => (
						<option key={tag.id} value={tag.id}>
							{tag.name}
						</option>
					))}
					<option value={toNew}>{t("newTag")}</option>
				</Select>
			</Field>
			{name !== undefined && (
				<div className="flex items-end gap-2">
					<Field label={t("tagName")} name="name" fault={fault} className="min-w-0 flex-1">
						<Input
							autoFocus
							value={name}
							maxLength={50}
							autoComplete="off"
							onChange={(e) => setName(e.target.value)}
							onKeyDown={(e) => e.key === "Enter" && void make()}
						/>
					</Field>
					<Button busy={busy} disabled={!name.trim()} onClick={() => void make()}>
						{t("makeTag")}
					</Button>
				</div>
			)}
		</div>
	);
}
