import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Removal, useLeaving } from "@/app/saying/leaving";
import { SaidPreview } from "@/app/saying/preview";
import { useExamples } from "@/app/saying/variables";
import { Fault } from "@/lib/api/fault";
import { useWords } from "@/lib/words";
import { Button, EmptyState, Field, FormFault, Input, Sheet, Switch, toast, toastFault } from "@/ui";
import { Answers } from "./answers";
import { editorWords } from "./editor-words";
import { blank, bodyOf, type Draft, draftOf, type Rule } from "./model";
import { useRemove, useSave } from "./queries";
import { ScopeFields } from "./scope-fields";
import { TriggerFields } from "./trigger-fields";
import { rulesWords } from "./words";

interface EditorProps {
	/** Missing for a new one, and for one that is gone. */
	rule: Rule | undefined;
	isNew: boolean;
	may: boolean;
	onClose: () => void;
}

/** A rule to change, or a new one, beside what a customer will see of it. */
export default function RuleEditor({ rule, isNew, may, onClose }: EditorProps) {
	const t = useWords(editorWords);
	const list = useWords(rulesWords);
	const [before] = useState(() => (rule ? draftOf(rule) : blank()));
	const [draft, setDraft] = useState<Draft>(before);
	const [removing, setRemoving] = useState(false);
	const save = useSave(rule?.id);
	const change = (more: Partial<Draft>) => setDraft((now) => ({ ...now, ...more }));
	const leaving = useLeaving(may && JSON.stringify(draft) !== JSON.stringify(before));
	const end = () => {
		leaving.free();
		onClose();
	};
	const store = () =>
		save.mutate(bodyOf(draft), {
			onSuccess: () => {
				toast(t("saved"), { kind: "good" });
				end();
			},
		});
	if (!rule && !isNew)
		return (
			<Sheet open onOpenChange={onClose} title={t("change")}>
				<EmptyState title={list("gone")} />
			</Sheet>
		);
	return (
		<Sheet
			open
			onOpenChange={onClose}
			title={isNew ? t("make") : (rule?.name ?? "")}
			className="max-w-4xl"
			actions={
				may && (
					<>
						{rule && (
							<Button kind="quiet" className="mr-auto text-bad" onClick={() => setRemoving(true)}>
								<Trash2 aria-hidden />
								{t("remove")}
							</Button>
						)}
						<Button kind="main" busy={save.isPending} disabled={draft.devices?.length === 0} onClick={store}>
							{t("save")}
						</Button>
					</>
				)
			}
		>
			<Form draft={draft} change={change} fault={save.error} may={may} />
			{removing && rule && <Remove rule={rule} onEnd={() => setRemoving(false)} onGone={end} />}
			{leaving.question}
		</Sheet>
	);
}

/** Whether a field of the form shows the fault itself. */
function shown(fault: unknown): string[] {
	if (!(fault instanceof Fault) || !fault.field) return [];
	return /^(name|when\.(words|match)|every_minutes|then\[\d+\]\.file_id)$/.test(fault.field) ? [fault.field] : [];
}

interface FormProps {
	draft: Draft;
	change: (more: Partial<Draft>) => void;
	fault: unknown;
	may: boolean;
}

function Form({ draft, change, fault, may }: FormProps) {
	const t = useWords(editorWords);
	const question = (draft.trigger === "keyword" && draft.match !== "regex" && draft.words[0]) || t("question");
	const values = useExamples(question);
	return (
		<div className="grid gap-6 md:grid-cols-[minmax(0,1fr)_18rem]">
			<fieldset disabled={!may} className="flex min-w-0 flex-col gap-6">
				<Field label={t("name")} name="name" fault={fault} hint={t("nameHint")}>
					<Input
						value={draft.name}
						maxLength={100}
						placeholder={t("nameSample")}
						onChange={(e) => change({ name: e.target.value })}
					/>
				</Field>
				<TriggerFields draft={draft} change={change} fault={fault} />
				<Answers answers={draft.answers} onChange={(answers) => change({ answers })} fault={fault} />
				<ScopeFields draft={draft} change={change} fault={fault} />
				<Switch
					label={t("enabled")}
					hint={t("enabledHint")}
					checked={draft.enabled}
					onChange={(enabled) => change({ enabled })}
				/>
				<FormFault fault={fault} fields={shown(fault)} />
			</fieldset>
			<div className="md:sticky md:top-0 md:self-start">
				<SaidPreview
					question={question}
					values={values}
					said={draft.answers.map((one) => ({
						text: one.text ?? "",
						fileId: one.file_id,
						delay: one.delay_seconds,
						typing: one.typing,
					}))}
				/>
			</div>
		</div>
	);
}

interface RemoveProps {
	rule: Rule;
	onEnd: () => void;
	onGone: () => void;
}

function Remove({ rule, onEnd, onGone }: RemoveProps) {
	const t = useWords(editorWords);
	const remove = useRemove();
	const run = () =>
		remove.mutate(rule.id, {
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
			hint={t("removeHint", { name: rule.name })}
			confirm={t("removeYes")}
			busy={remove.isPending}
			onRemove={run}
			onEnd={onEnd}
		/>
	);
}
