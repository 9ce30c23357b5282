import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { meKey } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import {
	Button,
	Card,
	Checkbox,
	Combobox,
	ErrorState,
	Field,
	FormFault,
	Input,
	Select,
	SkeletonRows,
	toast,
} from "@/ui";
import { workspaceKeys } from "./keys";
import { OfficeHours } from "./office-hours";
import { OptOut } from "./opt-out";
import { Section } from "./parts";
import { settingsWords } from "./words";
import { workspaceWords } from "./workspace-words";
import { zones } from "./zones";

type Change = Schema["WorkspaceChange"];

/** Saves what is changed of the workspace, and has the screens know. */
export function useChangeWorkspace() {
	const s = useWords(settingsWords);
	const queries = useQueryClient();
	return useMutation({
		mutationFn: (body: Change) => ask(api.PATCH("/workspace", { body })),
		onSuccess: (workspace) => {
			queries.setQueryData(workspaceKeys.mine, workspace);
			void queries.invalidateQueries({ queryKey: meKey });
			toast(s("saved"), { kind: "good" });
		},
	});
}

/** What the workspace is called, and when and how it works. */
export function Workspace() {
	const t = useWords(workspaceWords);
	const workspace = useQuery({ queryKey: workspaceKeys.mine, queryFn: () => ask(api.GET("/workspace")) });
	return (
		<>
			<Section title={t("title")} hint={t("hint")}>
				{workspace.isPending && <SkeletonRows rows={4} />}
				{workspace.error && <ErrorState error={workspace.error} onRetry={() => void workspace.refetch()} />}
				{workspace.data && <Basics workspace={workspace.data} />}
			</Section>
			{workspace.data && <OfficeHours stored={workspace.data.settings.office_hours} />}
			{workspace.data && <OptOut key={workspace.data.locale} stored={workspace.data.settings.opt_out} />}
			{workspace.data && <ForDevelopers settings={workspace.data.settings} />}
		</>
	);
}

/** Minutes of quiet after which a chat goes back to the bot. */
const idles = [0, 15, 30, 60, 120, 240, 480, 1440];

function Basics({ workspace }: { workspace: Schema["Workspace"] }) {
	const t = useWords(workspaceWords);
	const s = useWords(settingsWords);
	const { name, timezone, locale, settings } = workspace;
	const [body, setBody] = useState({ name, timezone, locale });
	const [idle, setIdle] = useState(settings.turn_idle_minutes);
	const [autoread, setAutoread] = useState(settings.autoread_default);
	const save = useChangeWorkspace();
	const all = useMemo(() => zones(timezone), [timezone]);
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate({ ...body, settings: { turn_idle_minutes: idle, autoread_default: autoread } });
	};
	const choices = idles.includes(settings.turn_idle_minutes) ? idles : [...idles, settings.turn_idle_minutes];
	const idleName = (n: number) =>
		n === 0 ? t("never") : n % 60 === 0 ? t("hours", { n: n / 60 }) : t("minutes", { n });
	return (
		<Card>
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("name")} name="name" fault={save.error}>
					<Input
						required
						maxLength={100}
						value={body.name}
						onChange={(e) => setBody({ ...body, name: e.target.value })}
					/>
				</Field>
				<Field label={t("zone")} hint={t("zoneHint")} name="timezone" fault={save.error}>
					<Combobox options={all} value={body.timezone} onChange={(zone) => setBody({ ...body, timezone: zone })} />
				</Field>
				<Field label={t("locale")} hint={t("localeHint")} name="locale" fault={save.error}>
					<Select
						value={body.locale}
						onChange={(e) => setBody({ ...body, locale: e.target.value === "en" ? "en" : "id" })}
					>
						<option value="id">{t("id")}</option>
						<option value="en">{t("en")}</option>
					</Select>
				</Field>
				<Field label={t("idle")} hint={t("idleHint")} name="turn_idle_minutes" fault={save.error}>
					<Select value={idle} onChange={(e) => setIdle(Number(e.target.value))}>
						{choices.map((n) => (
							<option key={n} value={n}>
								{idleName(n)}
							</option>
						))}
					</Select>
				</Field>
				<Checkbox label={t("autoread")} checked={autoread} onChange={setAutoread} />
				<FormFault fault={save.error} fields={["name", "timezone", "locale", "turn_idle_minutes"]} />
				<div>
					<Button type="submit" kind="main" busy={save.isPending}>
						{s("save")}
					</Button>
				</div>
			</form>
		</Card>
	);
}

function ForDevelopers({ settings }: { settings: Schema["WorkspaceSettings"] }) {
	const t = useWords(workspaceWords);
	const save = useChangeWorkspace();
	return (
		<Section title={t("api")} hint={t("apiHint")}>
			<Card className="flex flex-col gap-4">
				<Checkbox
					label={t("callbackKey")}
					checked={settings.callback_key_required}
					disabled={save.isPending}
					onChange={(on) => save.mutate({ settings: { callback_key_required: on } })}
				/>
				<Checkbox
					label={t("deviceKey")}
					checked={settings.device_key_required}
					disabled={save.isPending}
					onChange={(on) => save.mutate({ settings: { device_key_required: on } })}
				/>
				<FormFault fault={save.error} />
			</Card>
		</Section>
	);
}
