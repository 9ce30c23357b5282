import { X } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { useWords } from "@/lib/words";
import { Button, Field, Input } from "@/ui";
import { editorWords } from "./editor-words";
import { type Match, withWords } from "./model";

interface WordsProps {
	words: string[];
	match: Match;
	onChange: (words: string[]) => void;
	fault: unknown;
}

/** Keywords: each is typed and taken in by Enter; what is typed when the form is left counts, too. */
export function WordsInput({ words, match, onChange, fault }: WordsProps) {
	const t = useWords(editorWords);
	const [text, setText] = useState("");
	const input = useRef<HTMLInputElement>(null);
	const add = () => {
		if (text.trim()) onChange(withWords(words, text, match));
		setText("");
	};
	const onKeyDown = (e: KeyboardEvent) => {
		const parts = e.key === "Enter" || (e.key === "," && match !== "regex");
		if (parts && !e.nativeEvent.isComposing) {
			e.preventDefault();
			add();
		} else if (e.key === "Backspace" && text === "") onChange(words.slice(0, -1));
	};
	return (
		<div className="flex flex-col gap-2">
			<Field label={t("words")} name="when.words" fault={fault} hint={t("wordsHint")}>
				<span className="flex gap-2">
					<WordBox input={input} text={text} setText={setText} onKeyDown={onKeyDown} onBlur={add} />
					<Button
						disabled={!text.trim()}
						onClick={() => {
							add();
							input.current?.focus();
						}}
					>
						{t("addWord")}
					</Button>
				</span>
			</Field>
			{words.length > 0 && (
				<ul className="flex flex-wrap gap-1.5" aria-label={t("words")}>
					{words.map((word) => (
						<li
							key={word}
							className="inline-flex max-w-full items-center rounded-full bg-accent-soft pl-3 text-accent-ink"
						>
							<span className="outside min-w-0 truncate py-1">{word}</span>
							<button
								type="button"
								aria-label={t("dropWord", { word })}
								className="inline-flex size-8 shrink-0 items-center justify-center rounded-full max-md:size-11"
								onClick={() => onChange(words.filter((one) => one !== word))}
							>
								<X className="size-4" aria-hidden />
							</button>
						</li>
					))}
				</ul>
			)}
		</div>
	);
}

interface BoxProps {
	input: React.RefObject<HTMLInputElement | null>;
	text: string;
	setText: (text: string) => void;
	onKeyDown: (e: KeyboardEvent) => void;
	onBlur: () => void;
}

function WordBox({ input, text, setText, onKeyDown, onBlur }: BoxProps) {
	return (
		<Input
			ref={input}
			dir="auto"
			value={text}
			maxLength={500}
			autoComplete="off"
			autoCapitalize="off"
			enterKeyHint="done"
			onChange={(e) => setText(e.target.value)}
			onKeyDown={onKeyDown}
			onBlur={onBlur}
		/>
	);
}
