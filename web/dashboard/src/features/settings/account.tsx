import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { meKey, useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { setTheme, type Theme, themes, useTheme } from "@/lib/theme";
import { type Language, languages, setLanguage, useLanguage, useWords } from "@/lib/words";
import { Button, Card, Field, FormFault, Input, Select, toast, toastFault } from "@/ui";
import { accountWords } from "./account-words";
import { memberKeys } from "./keys";
import { Section } from "./parts";
import { settingsWords } from "./words";

/** What is a member's own: name, look, language. */
export function Account() {
	const t = useWords(accountWords);
	return (
		<Section title={t("account")} hint={t("accountHint")}>
			<NameForm />
			<Look />
		</Section>
	);
}

/** Changes what is one's own, and what the screens know of it. */
function useChangeSelf() {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: (body: Schema["MemberSelfChange"]) => ask(api.PATCH("/me", { body })),
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: meKey });
			void queries.invalidateQueries({ queryKey: memberKeys.all });
		},
	});
}

function NameForm() {
	const t = useWords(accountWords);
	const s = useWords(settingsWords);
	const me = useMe();
	const [name, setName] = useState(me.member?.name ?? "");
	const save = useChangeSelf();
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate({ name }, { onSuccess: () => toast(s("saved"), { kind: "good" }) });
	};
	return (
		<Card>
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("name")} name="name" hint={t("nameHint")} fault={save.error}>
					<Input required autoComplete="name" value={name} onChange={(e) => setName(e.target.value)} />
				</Field>
				<div>
					<p className="font-medium text-sm">{t("email")}</p>
					<p className="outside mt-1 text-soft">{me.person?.email}</p>
				</div>
				<FormFault fault={save.error} fields={["name"]} />
				<div>
					<Button type="submit" kind="main" busy={save.isPending} disabled={name === me.member?.name}>
						{s("save")}
					</Button>
				</div>
			</form>
		</Card>
	);
}

function Look() {
	const t = useWords(accountWords);
	const theme = useTheme();
	const language = useLanguage();
	const save = useChangeSelf();
	const speak = (next: Language) => {
		setLanguage(next);
		// Mails and the answers of the server are in it too.
		save.mutate({ language: next }, { onError: toastFault });
	};
	return (
		<Card className="flex flex-col gap-4">
			<Field label={t("theme")}>
				<Select value={theme} onChange={(e) => setTheme(e.target.value as Theme)}>
					{themes.map((one) => (
						<option key={one} value={one}>
							{t(one)}
						</option>
					))}
				</Select>
			</Field>
			<Field label={t("language")}>
				<Select value={language} onChange={(e) => speak(e.target.value as Language)}>
					{languages.map(({ code, name }) => (
						<option key={code} value={code}>
							{name}
						</option>
					))}
				</Select>
			</Field>
		</Card>
	);
}
