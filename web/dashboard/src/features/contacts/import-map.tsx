import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Card, Checkbox, Field, Input, Select, toastFault } from "@/ui";
import type { Job } from "./import-file";
import { ImportPreview } from "./import-preview";
import { importWords } from "./import-words";
import { contactsKeys } from "./keys";
import { useChannel, useFields, useTags } from "./queries";

export type Options = Schema["ImporterOptionsIn"];

const targets = ["phone", "name", "note", "tags", "consent"] as const;

/** Says what each column holds and how the rows are taken, and shows what would come of it. */
export function ImportMap({ job, onGone }: { job: Job; onGone: () => void }) {
	const t = useWords(importWords);
	const client = useQueryClient();
	const channel = useChannel();
	const [columns, setColumns] = useState(job.columns.map((column) => column.target));
	const [more, setMore] = useState<Omit<Options, "channel" | "columns">>({ policy: "fill" });
	const [busy, setBusy] = useState(false);
	const options: Options = { ...more, channel, columns };
	const params = { path: { id: job.id } };
	const run = async (deed: () => Promise<void>) => {
		setBusy(true);
		try {
			await deed();
		} catch (error) {
			toastFault(error);
		}
		setBusy(false);
	};
	const start = () =>
		run(async () => {
			const now = await ask(api.POST("/imports/{id}/start", { params, body: options }));
			client.setQueryData(contactsKeys.import(job.id), now);
		});
	const discard = () =>
		run(async () => {
			await ask(api.DELETE("/imports/{id}", { params }));
			void client.invalidateQueries({ queryKey: contactsKeys.imports });
			onGone();
		});
	return (
		<>
			<Card className="flex flex-col gap-4">
				<h2 className="text-lg">{t("step1")}</h2>
				<Columns job={job} columns={columns} onColumns={setColumns} />
				<MoreOptions options={more} onOptions={setMore} />
			</Card>
			<Card className="flex flex-col gap-4">
				<h2 className="text-lg">{t("step2")}</h2>
				{columns.includes("phone") ? (
					<ImportPreview job={job} options={options} busy={busy} onStart={() => void start()} />
				) : (
					<p className="text-warn" role="alert">
						{t("needPhone")}
					</p>
				)}
			</Card>
			<Button kind="quiet" className="self-start text-bad" disabled={busy} onClick={() => void discard()}>
				{t("discard")}
			</Button>
		</>
	);
}

interface ColumnsProps {
	job: Job;
	columns: string[];
	onColumns: (columns: string[]) => void;
}

function Columns({ job, columns, onColumns }: ColumnsProps) {
	const t = useWords(importWords);
	const { data: fields } = useFields();
	return (
		<ul className="flex flex-col gap-3">
			{job.columns.map((column, i) => (
				<li
					// biome-ignore lint/suspicious/noArrayIndexKey: two columns may have the same name
					key={i}
					className="grid grid-cols-1 items-center gap-x-4 gap-y-1.5 border-line pb-3 not-last:border-b sm:grid-cols-2"
				>
					<div className="min-w-0">
						<p className="outside font-medium">{column.name}</p>
						<p className="outside truncate text-sm text-soft">
							{column.samples.filter(Boolean).slice(0, 3).join(" · ")}
						</p>
					</div>
					<Select
						aria-label={t("target", { name: column.name })}
						value={columns[i] ?? ""}
						onChange={(e) => onColumns(columns.map((target, k) => (k === i ? e.target.value : target)))}
					>
						<option value="">{t("t_none")}</option>
						{targets.map((one) => (
							<option key={one} value={one}>
								{t(`t_${one}`)}
							</option>
						))}
						{fields?.items.map((field) => (
							<option key={field.id} value={`field.${field.key}`}>
								{field.name}
							</option>
						))}
					</Select>
				</li>
			))}
		</ul>
	);
}

interface MoreProps {
	options: Omit<Options, "channel" | "columns">;
	onOptions: (options: Omit<Options, "channel" | "columns">) => void;
}

function MoreOptions({ options, onOptions }: MoreProps) {
	const t = useWords(importWords);
	const { data: tags } = useTags();
	const set = (more: Partial<Options>) => onOptions({ ...options, ...more });
	return (
		<fieldset className="flex flex-col gap-4">
			<legend className="pb-3 font-semibold">{t("options")}</legend>
			<div className="grid gap-4 sm:grid-cols-2">
				<Field label={t("policy")}>
					<Select value={options.policy} onChange={(e) => set({ policy: e.target.value as Options["policy"] })}>
						<option value="fill">{t("fill")}</option>
						<option value="overwrite">{t("overwrite")}</option>
					</Select>
				</Field>
				<Field label={t("tag")}>
					<Select
						value={options.tag_ids?.[0] ?? ""}
						onChange={(e) => set({ tag_ids: e.target.value ? [e.target.value] : undefined })}
					>
						<option value="">{t("noTag")}</option>
						{tags?.items.map((tag) => (
							<option key={tag.id} value={tag.id}>
								{tag.name}
							</option>
						))}
					</Select>
				</Field>
			</div>
			<Checkbox
				label={t("consent")}
				hint={t("consentHint")}
				checked={options.consent ?? false}
				onChange={(consent) => set({ consent, why: consent ? options.why : undefined })}
			/>
			{options.consent && (
				<Field label={t("why")}>
					<Input value={options.why ?? ""} maxLength={500} onChange={(e) => set({ why: e.target.value })} />
				</Field>
			)}
			<Checkbox
				label={t("landlines")}
				checked={options.landlines ?? false}
				onChange={(landlines) => set({ landlines })}
			/>
		</fieldset>
	);
}
