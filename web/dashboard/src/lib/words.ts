import { Store, useStore } from "./store";

/** The languages of the screens. */
export type Language = "id" | "en";

export const languages: { code: Language; name: string }[] = [
	{ code: "id", name: "Bahasa Indonesia" },
	{ code: "en", name: "English" },
];

const storageKey = "ping.language";

/** Indonesian, unless English was chosen here or is what the browser asks for. */
function initialLanguage(): Language {
	const chosen = stored();
	if (chosen) return chosen;
	for (const wanted of typeof navigator === "undefined" ? [] : navigator.languages) {
		if (wanted.toLowerCase().startsWith("id")) return "id";
		if (wanted.toLowerCase().startsWith("en")) return "en";
	}
	return "id";
}

function stored(): Language | undefined {
	try {
		const text = localStorage.getItem(storageKey);
		return text === "id" || text === "en" ? text : undefined;
	} catch {
		return undefined;
	}
}

const current = new Store<Language>(initialLanguage());
tellDocument();

function tellDocument() {
	if (typeof document !== "undefined") document.documentElement.lang = current.get();
}

/** The language of the screen now. */
export function language(): Language {
	return current.get();
}

/** The language of the screen, as a hook. */
export function useLanguage(): Language {
	return useStore(current);
}

/** Changes the language of the screen, and remembers it on this device. */
export function setLanguage(next: Language): void {
	try {
		localStorage.setItem(storageKey, next);
	} catch {
		// It then lasts as long as the page.
	}
	current.set(next);
	tellDocument();
}

type Texts = Record<string, string>;

/** A feature's words in both languages. */
export interface Words<K extends string> {
	readonly name: string;
	readonly texts: Record<Language, Texts>;
	readonly key?: K;
}

/** x_one and x_other are the two forms of x, of which the count given with it chooses. Indonesian has one form: write it twice. */
type Key<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K extends string ? K : never;

/** Declares the words of a feature; name is the feature's folder. A key that one language lacks does not compile. */
export function words<const T extends Texts>(
	name: string,
	texts: { id: T; en: { [K in keyof T]: string } },
): Words<Key<keyof T>> {
	return { name, texts };
}

/** Says a word: t("key"), or t("key", { name, count }) for a text with {{name}} in it, or one with two forms. */
export type Say<K extends string> = (key: K, values?: Record<string, string | number>) => string;

const plurals: Partial<Record<Language, Intl.PluralRules>> = {};

/** The form of a count. The rules are made when a text first has two forms. */
function formOf(code: Language, count: number): string {
	plurals[code] ??= new Intl.PluralRules(code);
	return plurals[code].select(count);
}
const says = new WeakMap<Words<string>, Record<Language, Say<string>>>();

/** Says a feature's words in the language of the screen. */
export function useWords<K extends string>(from: Words<K>): Say<K> {
	return sayIn(from, useLanguage());
}

/** The same outside of components. */
export function say<K extends string>(from: Words<K>): Say<K> {
	return sayIn(from, language());
}

function sayIn<K extends string>(from: Words<K>, code: Language): Say<K> {
	let both = says.get(from);
	if (!both) {
		both = { id: makeSay(from.texts.id, "id"), en: makeSay(from.texts.en, "en") };
		says.set(from, both);
	}
	return both[code];
}

function makeSay(texts: Texts, code: Language): Say<string> {
	return (key, values) => {
		const count = values?.count;
		const form =
			typeof count === "number" ? (texts[`${key}_${formOf(code, count)}`] ?? texts[`${key}_other`]) : undefined;
		const text = form ?? texts[key] ?? key;
		return values ? text.replace(/\{\{(\w+)\}\}/g, (hole, name: string) => apart(String(values[name] ?? hole))) : text;
	};
}

const turners = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const leftward = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A value as it stands in a text: its direction is kept to itself, and what only turns others' around is left out. */
function apart(value: string): string {
	const plain = value.replace(turners, "");
	return leftward.test(plain) ? `\u2068${plain}\u2069` : plain;
}
