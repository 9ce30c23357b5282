import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { FilePicker } from "@/app/saying/file-picker";
import { TextEditor } from "@/app/saying/text-editor";
import { answering } from "@/app/saying/variables";
import { Fault } from "@/lib/api/fault";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Field, IconButton, Input, Select } from "@/ui";
import { editorWords } from "./editor-words";
import { type Answer, blankAnswer, kinds, most, moved } from "./model";

interface AnswersProps {
	answers: Answer[];
	onChange: (answers: Answer[]) => void;
	fault: unknown;
}

/** The "then" of a rule: its messages, one after the other. */
export function Answers({ answers, onChange, fault }: AnswersProps) {
	const t = useWords(editorWords);
	const set = (i: number, more: Partial<Answer>) =>
		onChange(answers.map((one, at) => (at === i ? { ...one, ...more } : one)));
	return (
		<section aria-label={t("answers")} className="flex flex-col gap-3">
			<h3 className="font-medium text-sm">{t("answers")}</h3>
			{answers.map((answer, i) => (
				<div key={answer.key} className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-3">
					{answers.length > 1 && (
						<div className="flex items-center gap-1">
							<h4 className="min-w-0 flex-1 font-medium">{t("answer", { at: i + 1 })}</h4>
							<IconButton
								label={t("up", { at: i + 1 })}
								disabled={i === 0}
								onClick={() => onChange(moved(answers, i, i - 1))}
							>
								<ArrowUp />
							</IconButton>
							<IconButton
								label={t("down", { at: i + 1 })}
								disabled={i === answers.length - 1}
								onClick={() => onChange(moved(answers, i, i + 1))}
							>
								<ArrowDown />
							</IconButton>
							<IconButton
								label={t("drop", { at: i + 1 })}
								onClick={() => onChange(answers.filter((_, at) => at !== i))}
							>
								<Trash2 />
							</IconButton>
						</div>
					)}
					<AnswerFields answer={answer} at={i} change={(more) => set(i, more)} fault={fault} />
				</div>
			))}
			{answers.length < most.answers && (
				<Button className="self-start" onClick={() => onChange([...answers, blankAnswer(answers)])}>
					<Plus aria-hidden />
					{t("add")}
				</Button>
			)}
		</section>
	);
}

interface FieldsProps {
	answer: Answer;
	at: number;
	change: (more: Partial<Answer>) => void;
	fault: unknown;
}

function AnswerFields({ answer, at, change, fault }: FieldsProps) {
	const t = useWords(editorWords);
	const ofFile = fault instanceof Fault && fault.field === `then[${at}].file_id` ? fault.text : undefined;
	const delay = answer.delay_seconds ?? 0;
	return (
		<>
			<TextEditor
				label={t(answer.file_id ? "caption" : "answerText", { at: at + 1 })}
				name={`then[${at}].text`}
				value={answer.text ?? ""}
				variables={answering}
				placeholder={t("answerSample")}
				fault={fault}
				onChange={(text) => change({ text })}
			/>
			<FilePicker id={answer.file_id} fault={ofFile} onChange={(file_id) => change({ file_id, kind: undefined })} />
			{answer.file_id && (
				<Field label={t("kind")}>
					<Select
						value={answer.kind ?? ""}
						onChange={(e) => change({ kind: kinds.find((kind) => kind === e.target.value) })}
					>
						<option value="">{t("kindAuto")}</option>
						{kinds.map((kind) => (
							<option key={kind} value={kind}>
								{t(kind)}
							</option>
						))}
					</Select>
				</Field>
			)}
			<div className="flex flex-wrap items-end gap-x-4 gap-y-2">
				<Field label={t("delay")} className="w-44">
					<Input
						type="number"
						inputMode="numeric"
						min={0}
						max={most.delay}
						value={delay === 0 ? "" : delay}
						placeholder="0"
						onChange={(e) => change({ delay_seconds: bounded(e.target.value, most.delay) })}
					/>
				</Field>
				{delay > 0 && (
					<Checkbox
						className="min-h-10 items-center max-md:min-h-11"
						label={t("typing")}
						checked={answer.typing ?? false}
						onChange={(typing) => change({ typing })}
					/>
				)}
			</div>
		</>
	);
}

/** A number that was typed, from 0 to the most that is allowed. */
export function bounded(text: string, highest: number): number {
	const n = Math.trunc(Number(text));
	return Number.isFinite(n) ? Math.min(Math.max(n, 0), highest) : 0;
}
