import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useMe } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Dialog, Field, FormFault, Input, Select } from "@/ui";
import { apiKeysWords } from "./api-keys-words";
import { apiKeyKeys } from "./keys";
import { Once } from "./parts";
import { settingsWords } from "./words";

const scopes = ["send", "read", "manage", "some"] as const;
const day = 24 * 60 * 60_000;
const lives = [0, 30, 90, 365];

/** Makes an API key, and shows it once. */
export function APIKeyDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(apiKeysWords);
	const s = useWords(settingsWords);
	const queries = useQueryClient();
	const [name, setName] = useState("");
	const [scope, setScope] = useState<(typeof scopes)[number]>("send");
	const [some, setSome] = useState<string[]>([]);
	const [days, setDays] = useState(0);
	const make = useMutation({
		mutationFn: () => {
			const body = {
				name,
				scopes: scope === "some" ? some : [scope],
				expires_at: days === 0 ? 0 : Date.now() + days * day,
			};
			return ask(api.POST("/api-keys", { body }));
		},
		onSuccess: () => queries.invalidateQueries({ queryKey: apiKeyKeys.list }),
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		make.mutate();
	};
	if (make.data) {
		const title = t("made", { name: make.data.name });
		return (
			<Dialog open onOpenChange={onClose} title={title} actions={<Button onClick={onClose}>{s("done")}</Button>}>
				<Once value={make.data.key} label={title} />
			</Dialog>
		);
	}
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("add")}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button
						kind="main"
						type="submit"
						form="api-key"
						busy={make.isPending}
						disabled={scope === "some" && some.length === 0}
					>
						{t("make")}
					</Button>
				</>
			}
		>
			<form id="api-key" className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("name")} hint={t("nameHint")} name="name" fault={make.error}>
					<Input required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
				</Field>
				<Field label={t("scope")} hint={t(`${scope}Hint`)} name="scopes" fault={make.error}>
					<Select value={scope} onChange={(e) => setScope(e.target.value as typeof scope)}>
						{scopes.map((one) => (
							<option key={one} value={one}>
								{t(one)}
							</option>
						))}
					</Select>
				</Field>
				{scope === "some" && <Needs chosen={some} onChange={setSome} />}
				<Field label={t("expiry")} name="expires_at" fault={make.error}>
					<Select value={days} onChange={(e) => setDays(Number(e.target.value))}>
						{lives.map((n) => (
							<option key={n} value={n}>
								{n === 0 ? t("never") : t("days", { n })}
							</option>
						))}
					</Select>
				</Field>
				<FormFault fault={make.error} fields={["name", "scopes", "expires_at"]} />
			</form>
		</Dialog>
	);
}

/** The permissions one by one. Nobody gives a key more than they have. */
function Needs({ chosen, onChange }: { chosen: string[]; onChange: (needs: string[]) => void }) {
	const t = useWords(apiKeysWords);
	const me = useMe();
	return (
		<fieldset className="grid grid-cols-2 gap-x-3">
			<legend className="sr-only">{t("scope")}</legend>
			{me.can
				.filter((need) => need !== "self")
				.sort()
				.map((need) => (
					<Checkbox
						key={need}
						className="py-2"
						label={<code className="font-mono text-sm [overflow-wrap:anywhere]">{need}</code>}
						checked={chosen.includes(need)}
						onChange={(on) => onChange(on ? [...chosen, need] : chosen.filter((one) => one !== need))}
					/>
				))}
		</fieldset>
	);
}
