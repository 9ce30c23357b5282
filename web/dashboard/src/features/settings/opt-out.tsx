import { type FormEvent, useState } from "react";
import type { Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Card, Field, FormFault, Textarea } from "@/ui";
import { optOutWords } from "./opt-out-words";
import { Section } from "./parts";
import { settingsWords } from "./words";
import { useChangeWorkspace } from "./workspace";

type Stored = Schema["WorkspaceOptOut"];

/** The words by which customers stop broadcasts and get them again, and what they are answered. */
export function OptOut({ stored }: { stored: Stored }) {
	const t = useWords(optOutWords);
	const s = useWords(settingsWords);
	const save = useChangeWorkspace();
	const [out, setOut] = useState(linesOf(stored.words_out));
	const [back, setBack] = useState(linesOf(stored.words_in));
	const [answerOut, setAnswerOut] = useState(stored.answer_out);
	const [answerIn, setAnswerIn] = useState(stored.answer_in);
	const submit = (e: FormEvent) => {
		e.preventDefault();
		const opt_out = { words_out: wordsOf(out), words_in: wordsOf(back), answer_out: answerOut, answer_in: answerIn };
		save.mutate(
			{ settings: { opt_out } },
			{
				onSuccess: ({ settings }) => {
					setOut(linesOf(settings.opt_out.words_out));
					setBack(linesOf(settings.opt_out.words_in));
				},
			},
		);
	};
	const name = (field: keyof Stored) => `settings.opt_out.${field}`;
	return (
		<Section title={t("title")} hint={t("hint")}>
			<Card>
				<form className="flex flex-col gap-4" onSubmit={submit}>
					<div className="grid gap-4 md:grid-cols-2">
						<Field label={t("wordsOut")} hint={t("wordsOutHint")} name={name("words_out")} fault={save.error}>
							<Textarea className="h-48 resize-y" value={out} onChange={(e) => setOut(e.target.value)} />
						</Field>
						<Field label={t("wordsIn")} hint={t("wordsHint")} name={name("words_in")} fault={save.error}>
							<Textarea className="h-48 resize-y" value={back} onChange={(e) => setBack(e.target.value)} />
						</Field>
						<Field label={t("answerOut")} hint={t("answerHint")} name={name("answer_out")} fault={save.error}>
							<Textarea maxLength={1000} value={answerOut} onChange={(e) => setAnswerOut(e.target.value)} />
						</Field>
						<Field label={t("answerIn")} hint={t("answerHint")} name={name("answer_in")} fault={save.error}>
							<Textarea maxLength={1000} value={answerIn} onChange={(e) => setAnswerIn(e.target.value)} />
						</Field>
					</div>
					<FormFault fault={save.error} fields={fields.map(name)} />
					<div>
						<Button type="submit" kind="main" busy={save.isPending}>
							{s("save")}
						</Button>
					</div>
				</form>
			</Card>
		</Section>
	);
}

const fields: (keyof Stored)[] = ["words_out", "words_in", "answer_out", "answer_in"];

const linesOf = (words: string[]) => words.join("\n");

/** The words of a text with one in each line. None brings the built-in ones back. */
function wordsOf(lines: string): string[] {
	return lines
		.split("\n")
		.map((word) => word.trim())
		.filter(Boolean);
}
