/** The marks by which WhatsApp writes a text in a style. */
export const styles = { bold: "*", italic: "_", strike: "~", mono: "```" } as const;

export type Style = keyof typeof styles;

/** A text with what is chosen of it, from and to in characters. */
export interface Chosen {
	text: string;
	from: number;
	to: number;
}

/**
 * Puts the chosen part in a style, or takes it out when it is in that style already. Spaces at its ends stay outside: phones
 * show no style that begins or ends with one. Nothing chosen, nothing done.
 */
export function restyle({ text, from, to }: Chosen, style: Style): Chosen {
	const mark = styles[style];
	while (from < to && /\s/.test(text[from] ?? "")) from++;
	while (to > from && /\s/.test(text[to - 1] ?? "")) to--;
	if (from === to) return { text, from, to };
	const inner = text.slice(from, to);
	const n = mark.length;
	if (text.slice(from - n, from) === mark && text.slice(to, to + n) === mark)
		return { text: text.slice(0, from - n) + inner + text.slice(to + n), from: from - n, to: to - n };
	if (inner.length > 2 * n && inner.startsWith(mark) && inner.endsWith(mark))
		return { text: text.slice(0, from) + inner.slice(n, -n) + text.slice(to), from, to: to - 2 * n };
	return { text: text.slice(0, from) + mark + inner + mark + text.slice(to), from: from + n, to: to + n };
}

/** The style that a key with Ctrl or ⌘ means. */
export function styleOfKey(key: string): Style | undefined {
	return { b: "bold", i: "italic" }[key.toLowerCase()] as Style | undefined;
}
