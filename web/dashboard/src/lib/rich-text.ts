/** A piece of a message: plain text, text in a style, or something to follow. */
export type Piece =
	| { kind: "text"; text: string }
	| { kind: "bold" | "italic" | "strike"; pieces: Piece[] }
	| { kind: "mono"; text: string; block: boolean }
	| { kind: "link"; text: string; href: string }
	| { kind: "mention"; text: string };

/** How far the end of a style is looked for. It keeps a text of nothing but asterisks from taking long. */
const reach = 1000;
const styles: Record<string, "bold" | "italic" | "strike"> = { "*": "bold", _: "italic", "~": "strike" };
/** Deeper than this nothing is styled: phones show no more. */
const deepest = 4;

const wordChar = /[\p{L}\p{N}]/u;
/** One longer than this is followed by no browser. */
const address = /(?:https?:\/\/|www\.)[^\s<>"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,2048}/iy;
const mention = /@\d{5,20}/y;

/** Takes a text apart as WhatsApp shows it: *bold*, _italic_, ~struck~, `code`, ```block```, addresses of the web. */
export function piecesOf(text: string, depth = 0): Piece[] {
	const out: Piece[] = [];
	let plain = "";
	const push = (piece: Piece) => {
		if (plain) out.push({ kind: "text", text: plain });
		plain = "";
		out.push(piece);
	};
	for (let i = 0; i < text.length; ) {
		const hit = mono(text, i) ?? (depth < deepest ? styled(text, i, depth) : undefined) ?? linked(text, i);
		if (hit) {
			push(hit.piece);
			i = hit.end;
		} else plain += text[i++];
	}
	if (plain) out.push({ kind: "text", text: plain });
	return out;
}

interface Hit {
	piece: Piece;
	end: number;
}

function mono(text: string, at: number): Hit | undefined {
	if (text[at] !== "`") return undefined;
	const mark = text.startsWith("```", at) ? "```" : "`";
	const from = at + mark.length;
	const end = text.indexOf(mark, from);
	const inner = end < 0 || end - from > reach * 4 ? "" : text.slice(from, end);
	if (!inner.trim() || (mark === "`" && inner.includes("\n"))) return undefined;
	return { piece: { kind: "mono", text: inner, block: mark.length === 3 }, end: end + mark.length };
}

function styled(text: string, at: number, depth: number): Hit | undefined {
	const mark = text[at] ?? "";
	const kind = styles[mark];
	if (!kind || wordChar.test(text[at - 1] ?? "") || /\s/.test(text[at + 1] ?? " ")) return undefined;
	for (let end = at + 1; end < text.length && end - at < reach; end++) {
		if (text[end] === "\n") return undefined;
		if (text[end] !== mark || end === at + 1) continue;
		if (/\s/.test(text[end - 1] ?? "") || wordChar.test(text[end + 1] ?? "")) continue;
		return { piece: { kind, pieces: piecesOf(text.slice(at + 1, end), depth + 1) }, end: end + 1 };
	}
	return undefined;
}

function linked(text: string, at: number): Hit | undefined {
	const first = text[at];
	if (first === "@") {
		mention.lastIndex = at;
		const found = mention.exec(text)?.[0];
		return found && !wordChar.test(text[at - 1] ?? "")
			? { piece: { kind: "mention", text: found }, end: at + found.length }
			: undefined;
	}
	if (!first || !"hHwW".includes(first) || wordChar.test(text[at - 1] ?? "")) return undefined;
	address.lastIndex = at;
	const found = address.exec(text)?.[0].replace(/[.,;:!?)\]}*_~]+$/, "");
	if (!found) return undefined;
	const href = safeLink(found);
	return href ? { piece: { kind: "link", text: found, href }, end: at + found.length } : undefined;
}

/** An address that may be followed; undefined for anything but the web's. */
export function safeLink(text: string): string | undefined {
	try {
		const url = new URL(/^www\./i.test(text) ? `https://${text}` : text);
		return (url.protocol === "https:" || url.protocol === "http:") && url.hostname.includes(".") ? url.href : undefined;
	} catch {
		return undefined;
	}
}

/** How much of a long text is shown before somebody asks for the rest, in characters and lines. */
const short = { chars: 900, lines: 18 };

/** The beginning of a text that is too long for a bubble; undefined when it fits. */
export function beginning(text: string): string | undefined {
	let lines = 0;
	for (let i = 0; i < text.length; i++) {
		if (text[i] === "\n") lines++;
		if (lines < short.lines && i < short.chars) continue;
		// Not between the halves of a character.
		const end = /[\ud800-\udbff]/.test(text[i - 1] ?? "") ? i - 1 : i;
		return text.length - end < 100 && lines < short.lines ? undefined : text.slice(0, end);
	}
	return undefined;
}

// Joined emoji and flags are several characters each.
const jumbo =
	/^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})(?:\p{Emoji_Modifier}|\ufe0f)*(?:\u200d\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)*)*\s*){1,3}$/u;

/** Whether a text is one to three emoji and nothing else: those are shown large. */
export function isJumbo(text: string): boolean {
	return text.length <= 40 && jumbo.test(text);
}
