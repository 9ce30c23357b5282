import { type FormEvent, useState } from "react";
import type { Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Field, Input } from "@/ui";
import { importWords } from "./import-words";

type Line = Schema["ImporterLineView"];
export type Mend = Schema["ImporterMendIn"];

/** How many rows the server lets be mended. */
const atMost = 1000;

/** What is wanted of some rows, with that of one row put in, or taken out. */
export function mendsWith(mends: Mend[], row: number, mend: Omit<Mend, "row"> | undefined): Mend[] {
	const others = mends.filter((one) => one.row !== row);
	return mend ? [...others, { row, ...mend }] : others;
}

interface MendRowProps {
	line: Line;
	mends: Mend[];
	onMends: (change: (now: Mend[]) => Mend[]) => void;
}

/** What can be done about a row that is refused: to write something else in its place, or to leave it out. */
export function MendRow({ line, mends, onMends }: MendRowProps) {
	const t = useWords(importWords);
	const [open, setOpen] = useState(false);
	const mend = mends.find((one) => one.row === line.row);
	const refused = line.verdict === "invalid" || line.verdict === "own" || line.verdict === "duplicate";
	const put = (next?: Omit<Mend, "row">) => onMends((now) => mendsWith(now, line.row, next));
	if (!mend && (!refused || mends.length >= atMost)) return null;
	if (open)
		return (
			<MendForm
				line={line}
				onEnd={(next) => {
					if (next) put({ phone: next.phone ?? mend?.phone, name: next.name ?? mend?.name });
					setOpen(false);
				}}
			/>
		);
	const button = (word: "mend" | "leaveOut" | "asFile", act: () => void) => (
		<Button size="sm" className="max-md:h-11" aria-label={t(`${word}Row`, { n: line.row })} onClick={act}>
			{t(word)}
		</Button>
	);
	return (
		<div className="flex flex-wrap gap-2 pt-1 md:col-span-3 md:col-start-2">
			{!mend?.left_out && button("mend", () => setOpen(true))}
			{!mend?.left_out && refused && button("leaveOut", () => put({ ...mend, left_out: true }))}
			{mend && button("asFile", () => put())}
		</div>
	);
}

interface MendFormProps {
	line: Line;
	/** With what is another than it was; without, it was broken off. */
	onEnd: (changed?: { phone?: string; name?: string }) => void;
}

function MendForm({ line, onEnd }: MendFormProps) {
	const t = useWords(importWords);
	const [phone, setPhone] = useState(line.cell ?? "");
	const [name, setName] = useState(line.name ?? "");
	const changed = (now: string, was = "") => (now.trim() && now.trim() !== was ? now.trim() : undefined);
	const save = (e: FormEvent) => {
		e.preventDefault();
		const next = { phone: changed(phone, line.cell), name: changed(name, line.name) };
		onEnd(next.phone || next.name ? next : undefined);
	};
	return (
		<form
			aria-label={t("mendRow", { n: line.row })}
			onSubmit={save}
			onKeyDown={(e) => e.key === "Escape" && onEnd()}
			className="grid gap-3 pt-2 sm:grid-cols-2 md:col-span-3 md:col-start-2"
		>
			<Field label={t("t_phone")}>
				<Input autoFocus inputMode="tel" maxLength={100} value={phone} onChange={(e) => setPhone(e.target.value)} />
			</Field>
			<Field label={t("t_name")}>
				<Input maxLength={200} value={name} onChange={(e) => setName(e.target.value)} />
			</Field>
			<div className="flex flex-wrap gap-2 sm:col-span-2">
				<Button type="submit" kind="main">
					{t("save")}
				</Button>
				<Button onClick={() => onEnd()}>{t("breakOff")}</Button>
			</div>
		</form>
	);
}
