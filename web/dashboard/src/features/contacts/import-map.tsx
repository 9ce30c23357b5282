import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Card, Checkbox, Field, Input, Select, toastFault } from "@/ui";
import type { Job } from "./import-file";
import type { Mend } from "./import-mend";
import { ImportPreview } from "./import-preview";
import { TagChoice } from "./import-tag";
import { importWords } from "./import-words";
import { contactsKeys } from "./keys";
import { isAmount, isDay } from "./model";
import { useChannel, useFields } from "./queries";

export type Options = Schema["ImporterOptionsIn"];

const targets = ["phone", "name", "note", "tags", "consent"] as const;

/** Says what each column holds and how the rows are taken, and shows what would come of it. */
export function ImportMap({ job, onGone }: { job: Job; onGone: () => void }) {
	const t = useWords(importWords);
	const client = useQueryClient();
	const channel = useChannel();
	const [columns, setColumns] = useState(job.columns.map((column) => column.target));
	const [more, setMore] = useState<Omit<Options, "channel" | "columns">>({ policy: "fill" });
	const [mends, setMends] = useState<Mend[]>([]);
	const [busy, setBusy] = useState(false);
	const options: Options = { ...more, channel, columns, mends };
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
					<ImportPreview
						job={job}
						options={options}
						mends={mends}
						onMends={setMends}
						busy={busy}
						onStart={() => void start()}
					/>
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
	onColumns: (change: (now: string[]) => string[]) => void;
}

/** Makes a field for a column, of dates or amounts if it has nothing else, and says its target; nothing if it can't be made. */
function useNewField(): (name: string, samples: string[]) => Promise<string | undefined> {
	const client = useQueryClient();
	return async (name, samples) => {
		const said = samples.filter((cell) => cell && cell !== "-");
		const all = (is: (cell: string) => boolean) => said.length > 0 && said.every(is);
		const kind = all(isDay) ? "date" : all(isAmount) ? "number" : "text";
		try {
			const field = await ask(api.POST("/contact-fields", { body: { name: name.slice(0, 50), kind } }));
			await client.invalidateQueries({ queryKey: contactsKeys.fields });
			return `field.${field.key}`;
		} catch (error) {
			toastFault(error);
		}
	};
}

function Columns({ job, columns, onColumns }: ColumnsProps) {
	const t = useWords(importWords);
	const { data: fields } = useFields();
	const make = useNewField();
	const choose = (i: number, to: string) => onColumns((now) => now.map((one, k) => (k === i ? to : one)));
	const known = (name: string) => !name || fields?.items.some((field) => field.name === name);
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
						onChange={(e) => choose(i, e.target.value)}
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
					{columns[i] === "" && fields && !known(column.name) && (
						<Button
							kind="quiet"
							size="sm"
							className="justify-self-start px-2 text-accent-ink sm:col-start-2 max-md:h-11"
							onClick={() => void make(column.name, column.samples).then((to) => to && choose(i, to))}
						>
							<Plus aria-hidden />
							<span className="outside truncate">{t("t_new", { name: column.name })}</span>
						</Button>
					)}
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
				<TagChoice value={options.tag_ids?.[0]} onChange={(tag) => set({ tag_ids: tag ? [tag] : undefined })} />
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
