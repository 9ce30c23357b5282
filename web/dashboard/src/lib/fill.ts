/**
 * A text with gaps as the server reads it (kit/fill): {name}, {name=what stands for a missing one}, {Halo|Hai {name}} of
 * which one is picked, and \{ \| \} \\ for the signs themselves. A brace that opens nothing sensible is a brace.
 */
export type Part = string | { name: string; instead?: string } | { choices: Part[][] };

interface Brace {
	end: number;
	bar: boolean;
}

/** Choices within choices that the server takes. */
const deepest = 8;

/** Reads a text. Choices that are nested deeper than the server allows are shown as they are written. */
export function parse(source: string): Part[] {
	return new Reader(source).text(0);
}

class Reader {
	private at = 0;
	private readonly braces: Map<number, Brace>;
	/** Closing braces that stand for themselves, because what they close opens nothing. */
	private readonly plain = new Set<number>();

	constructor(private readonly source: string) {
		this.braces = bracesOf(source);
	}

	text(depth: number): Part[] {
		const parts: Part[] = [];
		let plain = "";
		while (this.at < this.source.length) {
			const c = this.source[this.at] ?? "";
			const escaped = c === "\\" ? /^[{}|\\]/.exec(this.source[this.at + 1] ?? "")?.[0] : undefined;
			if (escaped) {
				plain += escaped;
				this.at += 2;
				continue;
			}
			const gap = c === "{" ? this.gap(depth) : undefined;
			if (gap) {
				if (plain) parts.push(plain);
				plain = "";
				parts.push(gap);
				continue;
			}
			if (depth > 0 && (c === "|" || c === "}") && !this.plain.has(this.at)) break;
			plain += c;
			this.at++;
		}
		if (plain) parts.push(plain);
		return parts;
	}

	private gap(depth: number): Part | undefined {
		const brace = this.braces.get(this.at);
		if (!brace) return undefined;
		if (brace.bar && depth < deepest) return this.choices(depth);
		const [name = "", ...rest] = this.source.slice(this.at + 1, brace.end).split("=");
		const instead = rest.length > 0 ? rest.join("=") : undefined;
		if (brace.bar || !/^[\w.-]{1,64}$/.test(name) || /[{}\\]/.test(instead ?? "")) {
			this.plain.add(brace.end);
			return undefined;
		}
		this.at = brace.end + 1;
		return { name, instead };
	}

	private choices(depth: number): Part {
		const choices: Part[][] = [];
		while (this.source[this.at] !== "}") {
			this.at++;
			choices.push(this.text(depth + 1));
		}
		this.at++;
		return { choices };
	}
}

function bracesOf(source: string): Map<number, Brace> {
	const closed = new Map<number, Brace>();
	const open: { at: number; bar: boolean }[] = [];
	for (let i = 0; i < source.length; i++) {
		const c = source[i];
		const last = open.at(-1);
		if (c === "\\") i++;
		else if (c === "{") open.push({ at: i, bar: false });
		else if (c === "|" && last) last.bar = true;
		else if (c === "}" && last) {
			closed.set(last.at, { end: i, bar: last.bar });
			open.pop();
		}
	}
	return closed;
}

/** The names of the variables that a text uses, each once, in the order in which they are written. */
export function variablesOf(parts: Part[]): string[] {
	const names = parts.flatMap((part) => {
		if (typeof part === "string") return [];
		return "name" in part ? [part.name] : part.choices.flatMap(variablesOf);
	});
	return [...new Set(names)];
}

/** Whether a text has words to choose from, so that it may come out differently each time. */
export function varies(parts: Part[]): boolean {
	return parts.some((part) => typeof part !== "string" && "choices" in part);
}

/**
 * Fills a text in; pick(n) chooses one of n, from 0. A variable that nobody gave a value stays as it is written, for
 * whoever reads to see.
 */
export function render(parts: Part[], values: Record<string, string>, pick: (n: number) => number): string {
	return parts
		.map((part) => {
			if (typeof part === "string") return part;
			if ("choices" in part) return render(part.choices[pick(part.choices.length)] ?? [], values, pick);
			return values[part.name] || (part.instead ?? (part.name in values ? "" : `{${part.name}}`));
		})
		.join("");
}

/** A pick that is by chance, but the same for the same seed: what is shown does not jump while somebody types. */
export function picker(seed: number): (n: number) => number {
	let state = (seed + 1) * 2654435761;
	return (n) => {
		state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
		return Math.floor((state / 2 ** 32) * n);
	};
}
