import { Copy, Trash2 } from "lucide-react";
import { useState } from "react";
import { FilePicker } from "@/app/saying/file-picker";
import { Removal, useLeaving } from "@/app/saying/leaving";
import { SaidPreview } from "@/app/saying/preview";
import { TextEditor } from "@/app/saying/text-editor";
import { personal, useExamples } from "@/app/saying/variables";
import { Fault } from "@/lib/api/fault";
import { parse, variablesOf } from "@/lib/fill";
import { useWords } from "@/lib/words";
import { Button, EmptyState, Field, FormFault, Input, Sheet, toast, toastFault } from "@/ui";
import { categoriesOf, type Draft, draftOf, type Template } from "./model";
import { useRemove, useSave, useTemplates } from "./queries";
import { editorWords, templatesWords } from "./words";

interface EditorProps {
	/** Missing for a new one, and for one that is gone. */
	template: Template | undefined;
	isNew: boolean;
	may: boolean;
	onClose: () => void;
}

/** A template to change, or a new one, beside what a customer will see of it. */
export default function TemplateEditor({ template, isNew, may, onClose }: EditorProps) {
	const t = useWords(editorWords);
	const list = useWords(templatesWords);
	const [before] = useState(() => draftOf(template));
	const [draft, setDraft] = useState<Draft>(before);
	const [removing, setRemoving] = useState(false);
	const save = useSave(template?.id);
	const leaving = useLeaving(may && JSON.stringify(draft) !== JSON.stringify(before));
	const end = () => {
		leaving.free();
		onClose();
	};
	const store = () =>
		save.mutate(draft, {
			onSuccess: () => {
				toast(t("saved"), { kind: "good" });
				end();
			},
		});
	if (!template && !isNew)
		return (
			<Sheet open onOpenChange={onClose} title={list("title")}>
				<EmptyState title={list("gone")} />
			</Sheet>
		);
	return (
		<Sheet
			open
			onOpenChange={onClose}
			title={isNew ? t("make") : (template?.name ?? "")}
			className="max-w-4xl"
			actions={
				may && (
					<>
						{template && (
							<Button kind="quiet" className="mr-auto text-bad" onClick={() => setRemoving(true)}>
								<Trash2 aria-hidden />
								{t("remove")}
							</Button>
						)}
						<Button kind="main" busy={save.isPending} onClick={store}>
							{t("save")}
						</Button>
					</>
				)
			}
		>
			<div className="grid gap-6 md:grid-cols-[minmax(0,1fr)_18rem]">
				<Fields
					draft={draft}
					change={(more) => setDraft((now) => ({ ...now, ...more }))}
					fault={save.error}
					may={may}
					id={template?.id}
				/>
				<Shown draft={draft} />
			</div>
			{removing && template && <Remove template={template} onEnd={() => setRemoving(false)} onGone={end} />}
			{leaving.question}
		</Sheet>
	);
}

interface FieldsProps {
	draft: Draft;
	change: (more: Partial<Draft>) => void;
	fault: unknown;
	may: boolean;
	id: string | undefined;
}

function Fields({ draft, change, fault, may, id }: FieldsProps) {
	const t = useWords(editorWords);
	const categories = categoriesOf(useTemplates().data ?? []);
	const ofFile = fault instanceof Fault && fault.field === "file_id" ? fault.text : undefined;
	return (
		<fieldset disabled={!may} className="flex min-w-0 flex-col gap-5">
			<Field label={t("name")} name="name" fault={fault}>
				<Input
					value={draft.name}
					maxLength={100}
					placeholder={t("nameSample")}
					onChange={(e) => change({ name: e.target.value })}
				/>
			</Field>
			<Field
				label={t("shortcut")}
				name="shortcut"
				fault={fault}
				hint={t("shortcutHint", { shortcut: draft.shortcut || t("shortcutSample") })}
			>
				<Shortcut value={draft.shortcut} onChange={(shortcut) => change({ shortcut })} />
			</Field>
			<Field label={t("category")} name="category" fault={fault} hint={t("categoryHint")}>
				<Input
					value={draft.category}
					maxLength={50}
					list="template-categories"
					autoComplete="off"
					onChange={(e) => change({ category: e.target.value })}
				/>
			</Field>
			<datalist id="template-categories">
				{categories.map((name) => (
					<option key={name} value={name} />
				))}
			</datalist>
			<TextEditor
				label={t("body")}
				name="body"
				value={draft.body}
				variables={personal}
				fault={fault}
				hint={t("bodyHint")}
				placeholder={t("bodySample")}
				onChange={(body) => change({ body })}
			/>
			<FilePicker id={draft.file_id || undefined} fault={ofFile} onChange={(file) => change({ file_id: file ?? "" })} />
			{id && <ApiId id={id} />}
			<FormFault fault={fault} fields={["name", "shortcut", "category", "body", "file_id"]} />
		</fieldset>
	);
}

function Shortcut({ value, onChange }: { value: string; onChange: (value: string) => void }) {
	const t = useWords(editorWords);
	return (
		<Input
			value={value && `/${value}`}
			maxLength={33}
			autoComplete="off"
			autoCapitalize="off"
			spellCheck={false}
			placeholder={`/${t("shortcutSample")}`}
			onChange={(e) => onChange(e.target.value.replace(/^\/+/, "").toLowerCase().replace(/\s/g, "-"))}
		/>
	);
}

/** What scripts name the template by. */
function ApiId({ id }: { id: string }) {
	const t = useWords(editorWords);
	const copy = () =>
		navigator.clipboard.writeText(id).then(
			() => toast(t("copied")),
			(error: unknown) => toastFault(error),
		);
	return (
		<div className="flex min-w-0 flex-wrap items-center justify-between gap-2 border-line border-t pt-3">
			<p className="min-w-0">
				<span className="block font-medium text-sm">{t("id")}</span>
				<code className="outside block font-mono text-soft text-sm">{id}</code>
			</p>
			<Button size="sm" className="max-md:h-11" onClick={() => void copy()}>
				<Copy aria-hidden />
				{t("copy")}
			</Button>
		</div>
	);
}

/** The preview, with a value for each variable that is the shop's own. */
function Shown({ draft }: { draft: Draft }) {
	const t = useWords(editorWords);
	const known = useExamples();
	const [own, setOwn] = useState<Record<string, string>>({});
	const names = variablesOf(parse(draft.body)).filter((name) => !personal.some((one) => one.name === name));
	return (
		<div className="flex flex-col gap-4 md:sticky md:top-0 md:self-start">
			<SaidPreview values={{ ...own, ...known }} said={[{ text: draft.body, fileId: draft.file_id || undefined }]} />
			{names.length > 0 && (
				<fieldset className="flex flex-col gap-3">
					<legend className="mb-1 font-medium text-sm">{t("examples")}</legend>
					<p className="text-pretty text-soft text-sm">{t("examplesHint")}</p>
					{names.map((name) => (
						<Field key={name} label={<code className="font-mono">{`{${name}}`}</code>}>
							<Input
								value={own[name] ?? ""}
								onChange={(e) => {
									const { [name]: _, ...rest } = own;
									setOwn(e.target.value ? { ...rest, [name]: e.target.value } : rest);
								}}
							/>
						</Field>
					))}
				</fieldset>
			)}
		</div>
	);
}

interface RemoveProps {
	template: Template;
	onEnd: () => void;
	onGone: () => void;
}

function Remove({ template, onEnd, onGone }: RemoveProps) {
	const t = useWords(editorWords);
	const remove = useRemove();
	const run = () =>
		remove.mutate(template.id, {
			onSuccess: () => {
				toast(t("removed"));
				onGone();
			},
			onError: (fault) => {
				toastFault(fault);
				onEnd();
			},
		});
	return (
		<Removal
			title={t("removeTitle")}
			hint={t("removeHint", { name: template.name })}
			confirm={t("removeYes")}
			busy={remove.isPending}
			onRemove={run}
			onEnd={onEnd}
		/>
	);
}
