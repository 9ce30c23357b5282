import { Braces, Shuffle } from "lucide-react";
import { useRef } from "react";
import { useWords } from "@/lib/words";
import { Field, Textarea } from "@/ui";
import type { Variable } from "./variables";
import { sayingWords } from "./words";

interface TextEditorProps {
	label: string;
	name: string;
	value: string;
	onChange: (text: string) => void;
	variables: Variable[];
	fault?: unknown;
	hint?: string;
	placeholder?: string;
	/** What choices of words are for, where it is not for answers. */
	choicesHint?: string;
}

const chip =
	"inline-flex min-h-8 items-center gap-1 rounded-full border border-line bg-surface px-2.5 text-sm hover:bg-sunken max-md:min-h-11 max-md:px-3.5";

/** A message's text. Its variables and choices are put in by a click, where the cursor stands. */
export function TextEditor(props: TextEditorProps) {
	const { label, name, value, onChange, variables, fault, hint, placeholder, choicesHint } = props;
	const t = useWords(sayingWords);
	const box = useRef<HTMLTextAreaElement>(null);
	const put = (make: (chosen: string) => string) => {
		const area = box.current;
		if (!area) return;
		const [from, to] = [area.selectionStart, area.selectionEnd];
		const piece = make(value.slice(from, to));
		onChange(value.slice(0, from) + piece + value.slice(to));
		area.focus();
		requestAnimationFrame(() => area.setSelectionRange(from + piece.length, from + piece.length));
	};
	return (
		<div className="flex flex-col gap-2">
			<Field label={label} name={name} fault={fault} hint={hint}>
				<Textarea
					ref={box}
					dir="auto"
					value={value}
					maxLength={65_536}
					placeholder={placeholder}
					onChange={(e) => onChange(e.target.value)}
				/>
			</Field>
			<fieldset className="flex flex-wrap gap-1.5" aria-label={`${t("insert")}: ${label}`}>
				{variables.map((one) => (
					<button key={one.name} type="button" className={chip} onClick={() => put(() => `{${one.name}}`)}>
						<Braces className="size-3.5 text-soft" aria-hidden />
						<span className="outside">{one.label ?? t(one.word)}</span>
					</button>
				))}
				<button
					type="button"
					className={chip}
					onClick={() => put((chosen) => `{${chosen ? `${chosen}|…` : t("sampleChoice")}}`)}
				>
					<Shuffle className="size-3.5 text-soft" aria-hidden />
					{t("choices")}
				</button>
			</fieldset>
			<p className="text-pretty text-soft text-sm">{choicesHint ?? t("choicesHint")}</p>
		</div>
	);
}
