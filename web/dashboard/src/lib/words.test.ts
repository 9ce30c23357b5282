import { describe, expect, it } from "vitest";
import { type Language, say, setLanguage, type Words, words } from "./words";

const modules = import.meta.glob<Record<string, unknown>>("/src/**/{words,*-words}.ts", { eager: true });
const sources = import.meta.glob<string>("/src/**/*.ts{,x}", { eager: true, query: "?raw", import: "default" });

function isWords(value: unknown): value is Words<string> {
	return typeof value === "object" && value !== null && "texts" in value;
}

const all = Object.entries(modules).flatMap(([path, module]) =>
	Object.values(module)
		.filter(isWords)
		.map((w) => ({ path, ...w })),
);

const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();

describe("the words of every feature", () => {
	it("are found", () => {
		expect(all.length).toBeGreaterThan(5);
	});

	it.each(all)("$name says everything in both languages", ({ texts }) => {
		const keys = (code: Language) => Object.keys(texts[code]).sort();
		expect(keys("en")).toEqual(keys("id"));
		for (const code of ["id", "en"] as const) {
			for (const [key, text] of Object.entries(texts[code])) {
				expect(text.trim(), `${code} ${key}`).not.toBe("");
				expect(text, `${code} ${key}`).toBe(text.trim());
			}
		}
	});

	it.each(all)("$name has the same holes in both languages", ({ texts }) => {
		for (const [key, text] of Object.entries(texts.id)) {
			const count = /_(one|other)$/.test(key) ? ["count"] : [];
			expect(
				holes(texts.en[key] ?? "").filter((h) => !count.includes(h ?? "")),
				key,
			).toEqual(holes(text).filter((h) => !count.includes(h ?? "")));
		}
	});

	it("have names of their own", () => {
		const names = all.filter((w) => w.path.endsWith("/words.ts")).map((w) => w.name);
		expect(names).toEqual([...new Set(names)]);
	});

	it.each(all)("$name calls the reader kamu", ({ texts }) => {
		for (const [key, text] of Object.entries(texts.id)) expect(text, key).not.toMatch(/\bAnda\b/);
	});
});

describe("saying", () => {
	const w = words("test", {
		id: { plain: "Halo", hole: "Halo, {{name}}", things_one: "{{count}} pesan", things_other: "{{count}} pesan" },
		en: {
			plain: "Hello",
			hole: "Hello, {{name}}",
			things_one: "{{count}} message",
			things_other: "{{count}} messages",
		},
	});

	it("follows the language of the screen", () => {
		setLanguage("en");
		expect(say(w)("plain")).toBe("Hello");
		expect(document.documentElement.lang).toBe("en");
		setLanguage("id");
		expect(say(w)("plain")).toBe("Halo");
		expect(localStorage.getItem("ping.language")).toBe("id");
	});

	it("fills in values as they are", () => {
		setLanguage("en");
		expect(say(w)("hole", { name: "$& <b>{{name}}</b>" })).toBe("Hello, $& <b>{{name}}</b>");
	});

	it("keeps a value's direction to itself", () => {
		setLanguage("en");
		expect(say(w)("hole", { name: "\u202eanA\u2069" })).toBe("Hello, anA");
		expect(say(w)("hole", { name: "\u2069דנה\u202e" })).toBe("Hello, \u2068דנה\u2069");
	});

	it("chooses the form by the count", () => {
		setLanguage("en");
		expect(say(w)("things", { count: 1 })).toBe("1 message");
		expect(say(w)("things", { count: 2 })).toBe("2 messages");
		setLanguage("id");
		expect(say(w)("things", { count: 2 })).toBe("2 pesan");
	});
});

/** Texts between tags, and attributes that people read, that stand in the source instead of in words.ts. */
function hardCoded(source: string): string[] {
	const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
	const between = [...code.matchAll(/<\/?[A-Za-z][^<>{}]*>\s*([^<>{}]*\p{L}{2}[^<>{}]*?)\s*<\//gu)].map(
		(m) => m[1] ?? "",
	);
	const read = [
		...code.matchAll(/\b(?:title|placeholder|aria-label|label|alt|hint|description)="([^"]*\p{L}{2}[^"]*)"/gu),
	].map((m) => m[1] ?? "");
	return [...between, ...read];
}

describe("visible texts", () => {
	const screens = Object.entries(sources).filter(([path]) => path.endsWith(".tsx") && !path.endsWith(".test.tsx"));

	it.each(screens)("%s has none of its own", (_path, source) => {
		expect(hardCoded(source).filter((text) => text !== "Ping!")).toEqual([]);
	});

	it("would be found", () => {
		expect(hardCoded('<p className="x">Simpan dulu</p><Input placeholder="Nama" /><i>{t("a")}</i>')).toEqual([
			"Simpan dulu",
			"Nama",
		]);
	});
});
