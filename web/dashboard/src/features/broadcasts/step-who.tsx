import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Card, Checkbox, Combobox, Field, Input, Select, Skeleton, Textarea } from "@/ui";
import { Radios, Ticked } from "./choices";
import { ContactSource } from "./contact-source";
import { numbersOf, type Source, sources } from "./draft";
import type { StepProps } from "./editor";
import { editorWords } from "./editor-words";
import { FileSource } from "./file-source";
import { GroupSource } from "./group-source";
import { useReach, useSegments, useTags } from "./queries";
import { reachOf } from "./reach";

/** How many numbers one request may bring. */
const most = 60_000;

/** Who gets it, and who is left out. */
export function StepWho({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	return (
		<>
			<Card className="flex flex-col gap-4">
				<h2 className="text-lg">{t("who")}</h2>
				<Radios<Source>
					name="source"
					legend={t("who")}
					value={draft.source}
					onChange={(source) => change({ source })}
					choices={[
						...(draft.copied
							? [{ value: "same" as const, label: t("s_same"), hint: t("s_sameHint", { name: draft.copied.name }) }]
							: []),
						...sources.map((value) => ({ value, label: t(`s_${value}`), hint: t(`s_${value}Hint`) })),
					]}
				>
					<Chosen draft={draft} change={change} />
					<Reached draft={draft} change={change} />
				</Radios>
			</Card>
			{draft.source !== "same" && <Except draft={draft} change={change} />}
			<Card>
				<Field label={t("name")} hint={t("nameHint")}>
					<Input
						value={draft.name}
						maxLength={200}
						placeholder={t("nameSample")}
						onChange={(e) => change({ name: e.target.value })}
					/>
				</Field>
			</Card>
		</>
	);
}

function Chosen({ draft, change }: StepProps): ReactNode {
	const t = useWords(editorWords);
	switch (draft.source) {
		case "all":
		case "same":
			return null;
		case "segment":
			return <Segment draft={draft} change={change} />;
		case "tags":
			return <Tags label={t("tags")} chosen={draft.tags} onChange={(tags) => change({ tags })} />;
		case "contacts":
			return <ContactSource chosen={draft.contacts} onChange={(contacts) => change({ contacts })} />;
		case "group":
			return <GroupSource group={draft.group} onChange={(group) => change({ group })} />;
		case "file":
			return <FileSource file={draft.file} onFile={(file) => change({ file })} />;
		case "numbers": {
			const count = numbersOf(draft.numbers).length;
			return (
				<Field
					label={t("numbers")}
					error={count > most ? t("tooMany") : undefined}
					hint={count > 0 ? t("numbersCount", { count }) : undefined}
				>
					<Textarea
						value={draft.numbers}
						rows={6}
						inputMode="tel"
						className="max-h-60 font-mono text-sm"
						placeholder={t("numbersPlaceholder")}
						onChange={(e) => change({ numbers: e.target.value })}
					/>
				</Field>
			);
		}
	}
}

function Segment({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const { data } = useSegments();
	if (!data) return <Skeleton className="h-10" />;
	if (data.items.length === 0)
		return (
			<p className="text-pretty text-soft text-sm">
				{t("noSegments")}{" "}
				<Link to="/contacts" className="text-accent-ink underline underline-offset-4">
					{t("toContacts")}
				</Link>
			</p>
		);
	return (
		<Field label={t("segment")} hideLabel>
			<Combobox
				placeholder={t("pickSegment")}
				value={draft.segment}
				onChange={(segment) => change({ segment })}
				options={data.items.map((one) => ({ value: one.id, label: one.name, also: one.filter }))}
			/>
		</Field>
	);
}

function Tags({ label, chosen, onChange }: { label: string; chosen: string[]; onChange: (tags: string[]) => void }) {
	const t = useWords(editorWords);
	const { data } = useTags();
	if (!data) return <Skeleton className="h-10" />;
	if (data.items.length === 0) return <p className="text-soft text-sm">{t("noTags")}</p>;
	return (
		<Ticked
			label={label}
			chosen={chosen}
			onChange={onChange}
			choices={data.items.map((tag) => ({ value: tag.id, label: tag.name }))}
		/>
	);
}

/** How many the choice finds, as soon as it is made. */
function Reached({ draft }: StepProps) {
	const t = useWords(editorWords);
	const format = useFormat();
	const { data: tags } = useTags();
	const reach = reachOf(draft, tags?.items ?? []);
	const { data } = useReach(reach);
	if (!reach) return null;
	if (!data) return <Skeleton className="h-5 w-48" />;
	return (
		<p role="status" className="text-pretty text-sm">
			{data.all === 0 ? (
				<span className="text-warn">{t("reachNone")}</span>
			) : (
				<>
					<strong className="tabular-nums">{t("reach", { count: data.all, n: format.number(data.all) })}.</strong>{" "}
					{data.out > 0 && t("reachOut", { n: format.number(data.out) })}{" "}
					<span className="text-soft">{t("reachMore")}</span>
				</>
			)}
		</p>
	);
}

const rests = [0, 1, 3, 7, 30] as const;

function Except({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const { data: tags } = useTags();
	return (
		<Card className="flex flex-col gap-4">
			<div>
				<h2 className="text-lg">{t("except")}</h2>
				<p className="text-pretty text-soft text-sm">{t("exceptAlways")}</p>
			</div>
			<Field label={t("reached")}>
				<Select value={draft.reachedDays} onChange={(e) => change({ reachedDays: Number(e.target.value) })}>
					{rests.map((days) => (
						<option key={days} value={days}>
							{t(`r${days}`)}
						</option>
					))}
				</Select>
			</Field>
			<Checkbox
				label={t("strangers")}
				hint={t("strangersHint")}
				checked={draft.strangersOut}
				onChange={(strangersOut) => change({ strangersOut })}
			/>
			{tags && tags.items.length > 0 && (
				<div className="flex flex-col gap-1.5">
					<p className="font-medium text-sm">{t("tagsOut")}</p>
					<Tags label={t("tagsOut")} chosen={draft.tagsOut} onChange={(tagsOut) => change({ tagsOut })} />
				</div>
			)}
		</Card>
	);
}
