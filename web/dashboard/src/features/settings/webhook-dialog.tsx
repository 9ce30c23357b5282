import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Dialog, Field, FormFault, Input, SkeletonRows } from "@/ui";
import { grouped, hasGroup, holds, notesOf, withGroup, withType } from "./event-choice";
import { webhookKeys } from "./keys";
import { SecretDialog } from "./webhook-dialogs";
import type { Webhook } from "./webhooks";
import { webhooksWords } from "./webhooks-words";
import { settingsWords } from "./words";

/** Makes a webhook, or changes where it tells and of what. */
export function WebhookDialog({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
	const t = useWords(webhooksWords);
	const s = useWords(settingsWords);
	const queries = useQueryClient();
	const [url, setUrl] = useState(webhook?.url ?? "");
	const [events, setEvents] = useState(webhook?.events ?? ["message.*"]);
	const [secret, setSecret] = useState<string>();
	const save = useMutation({
		mutationFn: async () => {
			const body = { url, events };
			if (!webhook) return (await ask(api.POST("/webhooks", { body }))).secret;
			await ask(api.PATCH("/webhooks/{id}", { params: { path: { id: webhook.id } }, body }));
			return undefined;
		},
		onSuccess: (made) => {
			void queries.invalidateQueries({ queryKey: webhookKeys.list });
			if (made) setSecret(made);
			else onClose();
		},
	});
	if (secret) return <SecretDialog secret={secret} onClose={onClose} />;
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate();
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t(webhook ? "editTitle" : "add")}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind="main" type="submit" form="webhook" busy={save.isPending} disabled={events.length === 0}>
						{s("save")}
					</Button>
				</>
			}
		>
			<form id="webhook" className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("url")} hint={t("urlHint")} name="url" fault={save.error}>
					<Input type="url" required maxLength={2048} value={url} onChange={(e) => setUrl(e.target.value)} />
				</Field>
				<Events chosen={events} onChange={setEvents} />
				<FormFault fault={save.error} fields={["url"]} />
			</form>
		</Dialog>
	);
}

function Events({ chosen, onChange }: { chosen: string[]; onChange: (events: string[]) => void }) {
	const t = useWords(webhooksWords);
	const kinds = useQuery({
		queryKey: webhookKeys.types,
		queryFn: () => ask(api.GET("/event-types")),
		staleTime: Number.POSITIVE_INFINITY,
	});
	const all = kinds.data?.items.map((kind) => kind.type) ?? [];
	return (
		<fieldset className="flex flex-col">
			<legend className="mb-1 font-medium text-sm">{t("events")}</legend>
			{kinds.isPending && <SkeletonRows rows={2} />}
			<FormFault fault={kinds.error} />
			<Checkbox
				className="py-2"
				label={t("allEvents")}
				hint={t("notesHint")}
				checked={chosen.includes("*")}
				onChange={(on) => onChange(on ? ["*", ...notesOf(chosen)] : notesOf(chosen))}
			/>
			{grouped(all).map(([group, types]) => (
				<div key={group} className="border-line border-t">
					<Checkbox
						className="pt-2.5"
						label={t("allOf", { group })}
						checked={hasGroup(chosen, group)}
						onChange={(on) => onChange(withGroup(chosen, group, on, all))}
					/>
					<details className="pb-1 pl-7.5">
						<summary className="min-h-9 cursor-pointer py-1.5 text-soft text-sm max-md:min-h-11 max-md:py-2.5">
							{t("chosen", { n: types.filter((type) => holds(chosen, type)).length, all: types.length })}
						</summary>
						{types.map((type) => (
							<Checkbox
								key={type}
								className="py-1.5 max-md:py-2.5"
								label={<code className="font-mono text-sm">{type}</code>}
								checked={holds(chosen, type)}
								onChange={(on) => onChange(withType(chosen, type, on, all))}
							/>
						))}
					</details>
				</div>
			))}
		</fieldset>
	);
}
