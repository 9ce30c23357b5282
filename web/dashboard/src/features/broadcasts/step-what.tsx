import { Plus, Trash2 } from "lucide-react";
import { FilePicker } from "@/app/saying/file-picker";
import { TextEditor } from "@/app/saying/text-editor";
import type { Variable } from "@/app/saying/variables";
import { useWords } from "@/lib/words";
import { Button, Card, Combobox, Field, IconButton, Input, toast } from "@/ui";
import { type Draft, gapsOf, type Variant } from "./draft";
import type { StepProps } from "./editor";
import { editorWords } from "./editor-words";
import { useFields, useTemplates } from "./queries";
import { Samples } from "./samples";

/** How many ways to say it there may be. */
const most = 5;

/** What a text can say of a recipient. */
function useVariables(draft: Draft): Variable[] {
	const { data } = useFields();
	const own = (data?.items ?? []).map((field) => ({ name: field.key, label: field.name }));
	const columns = draft.source === "file" ? (draft.file?.columns ?? []) : [];
	const all: Variable[] = [
		{ name: "name", word: "varName" },
		{ name: "phone", word: "varPhone" },
		...own,
		...columns.map((name) => ({ name, label: name.replaceAll("_", " ") })),
	];
	return all.filter((one, i) => all.findIndex((other) => other.name === one.name) === i);
}

/** What it says, in up to five ways, and how that looks to the first of the recipients. */
export function StepWhat({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const set = (at: number, more: Partial<Variant>) =>
		change({ variants: draft.variants.map((one, i) => (i === at ? { ...one, ...more } : one)) });
	return (
		<div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
			<div className="flex min-w-0 flex-col gap-4">
				{draft.variants.map((one, i) => (
					<VariantCard
						// biome-ignore lint/suspicious/noArrayIndexKey: a variant is known by its place
						key={i}
						at={i}
						draft={draft}
						variant={one}
						onChange={(more) => set(i, more)}
						onDrop={() => change({ variants: draft.variants.filter((_, k) => k !== i) })}
					/>
				))}
				{draft.variants.length < most && (
					<div className="flex flex-col items-start gap-1.5">
						<Button onClick={() => change({ variants: [...draft.variants, { text: "" }] })}>
							<Plus aria-hidden />
							{t("variant")}
						</Button>
						<p className="text-pretty text-soft text-sm">{t("variantHint")}</p>
					</div>
				)}
				<Fallbacks draft={draft} change={change} />
			</div>
			<Samples draft={draft} />
		</div>
	);
}

interface VariantProps {
	at: number;
	draft: Draft;
	variant: Variant;
	onChange: (more: Partial<Variant>) => void;
	onDrop: () => void;
}

function VariantCard({ at, draft, variant, onChange, onDrop }: VariantProps) {
	const t = useWords(editorWords);
	const variables = useVariables(draft);
	const several = draft.variants.length > 1;
	return (
		<Card className="flex flex-col gap-4">
			<div className="flex items-center justify-between gap-2">
				<h2 className="text-lg">{several ? t("textN", { n: at + 1 }) : t("what")}</h2>
				{several && (
					<IconButton label={t("dropVariant", { n: at + 1 })} onClick={onDrop}>
						<Trash2 />
					</IconButton>
				)}
			</div>
			<TextEditor
				label={several ? t("textN", { n: at + 1 }) : t("text")}
				name={`variants[${at}].text`}
				value={variant.text}
				variables={variables}
				placeholder={t("textPlaceholder")}
				choicesHint={t("choicesHint")}
				onChange={(text) => onChange({ text })}
			/>
			<div className="flex flex-wrap items-start gap-x-4 gap-y-3">
				<FilePicker id={variant.fileId} onChange={(fileId) => onChange({ fileId })} />
				<TemplatePicker variant={variant} onChange={onChange} />
			</div>
		</Card>
	);
}

/** Puts a template in the place of what is written; that can be had back. */
function TemplatePicker({ variant, onChange }: Pick<VariantProps, "variant" | "onChange">) {
	const t = useWords(editorWords);
	const { data } = useTemplates();
	if (!data || data.items.length === 0) return null;
	const take = (id: string) => {
		const one = data.items.find((item) => item.id === id);
		if (!one) return;
		const before = { text: variant.text, fileId: variant.fileId };
		onChange({ text: one.body, fileId: one.file_id });
		if (before.text.trim() || before.fileId)
			toast(t("templateTaken"), { action: { label: t("undo"), run: () => onChange(before) } });
	};
	return (
		<Combobox
			label={t("fromTemplate")}
			placeholder={t("fromTemplate")}
			className="h-9 w-48 text-sm max-md:h-11"
			onChange={take}
			options={data.items.map((one) => ({ value: one.id, label: one.name, also: one.body }))}
		/>
	);
}

/** What stands for a variable that somebody has no value of. */
function Fallbacks({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const gaps = gapsOf(draft.variants);
	if (gaps.length === 0) return null;
	return (
		<Card className="flex flex-col gap-3">
			<div>
				<h2 className="text-lg">{t("fallbacks")}</h2>
				<p className="text-pretty text-soft text-sm">{t("fallbacksHint")}</p>
			</div>
			<div className="grid gap-3 sm:grid-cols-2">
				{gaps.map((name) => (
					<Field key={name} label={<code className="outside font-mono">{`{${name}}`}</code>}>
						<Input
							value={draft.fallbacks[name] ?? ""}
							maxLength={200}
							placeholder={name === "name" ? t("fallbackSample") : undefined}
							onChange={(e) => change({ fallbacks: { ...draft.fallbacks, [name]: e.target.value } })}
						/>
					</Field>
				))}
			</div>
		</Card>
	);
}
