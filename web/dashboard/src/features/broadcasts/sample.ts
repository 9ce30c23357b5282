import { parse, picker, render, variablesOf } from "@/lib/fill";
import type { Draft } from "./draft";

/** Somebody who will get it, with what a text can say of them. */
export interface Person {
	key: string;
	name: string;
	values: Record<string, string>;
}

export interface Sample {
	key: string;
	name: string;
	/** From 0. */
	variant: number;
	text: string;
	fileId?: string;
	/** Variables for which they have no value: they are left out. */
	lacks: string[];
}

/** What the first recipients get: variants in turn, choices by chance, what is missing by what stands for it. */
export function samplesOf(draft: Pick<Draft, "variants" | "fallbacks">, people: Person[], seed: number): Sample[] {
	const written = draft.variants.filter((one) => one.text.trim() || one.fileId);
	if (written.length === 0) return [];
	const instead = Object.fromEntries(Object.entries(draft.fallbacks).filter(([, value]) => value.trim()));
	return people.map((person, i) => {
		const at = i % written.length;
		const { text, fileId } = written[at] ?? { text: "" };
		const parts = parse(text);
		const own = Object.fromEntries(Object.entries(person.values).filter(([, value]) => value));
		const values = { ...instead, ...own };
		return {
			key: person.key,
			name: person.name,
			variant: at,
			text: render(parts, values, picker(seed * 31 + i)),
			fileId,
			lacks: variablesOf(parts).filter((name) => !values[name] && !text.includes(`{${name}=`)),
		};
	});
}
