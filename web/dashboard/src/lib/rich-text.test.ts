import { describe, expect, it } from "vitest";
import { beginning, isJumbo, type Piece, piecesOf, safeLink } from "./rich-text";

/** A short way to write down what a text became. */
function sketch(pieces: Piece[]): string {
	return pieces
		.map((piece) => {
			if ("pieces" in piece) return `<${piece.kind} ${sketch(piece.pieces)}>`;
			return piece.kind === "text" ? piece.text : `<${piece.kind} ${piece.text}>`;
		})
		.join("");
}

describe("piecesOf", () => {
	const cases: [string, string][] = [
		["halo *tebal* ya", "halo <bold tebal> ya"],
		["*_dua_*", "<bold <italic dua>>"],
		["~habis~", "<strike habis>"],
		["`kode` dan ```blok\ndua```", "<mono kode> dan <mono blok\ndua>"],
		["2*3*4", "2*3*4"],
		["* bukan *", "* bukan *"],
		["*tak\nlewat baris*", "*tak\nlewat baris*"],
		["nama_file_panjang", "nama_file_panjang"],
		["*buka saja", "*buka saja"],
		["lihat https://toko.example/a?b=1.", "lihat <link https://toko.example/a?b=1>."],
		["www.toko.example", "<link www.toko.example>"],
		["javascript:alert(1)", "javascript:alert(1)"],
		["https://a.example/\u202egpj.exe", "<link https://a.example/>\u202egpj.exe"],
		["@6281290641111 cek", "<mention @6281290641111> cek"],
		["<b>tidak</b>", "<b>tidak</b>"],
	];
	it.each(cases)("%j", (text, want) => expect(sketch(piecesOf(text))).toBe(want));
	it("loses nothing of what is plain", () => {
		const text = "a **b__ ~~ ``` c\n".repeat(50);
		expect(sketch(piecesOf(text)).length).toBeGreaterThan(text.length / 2);
	});
	it.each(["*a", "*a *", "_*~`", "``` ", "http://", "www.", "@12345"])(
		"takes no time over %j and nothing else",
		(mark) => {
			const began = performance.now();
			piecesOf(mark.repeat(65_000 / mark.length));
			expect(performance.now() - began, "milliseconds").toBeLessThan(2_000);
		},
	);
});

describe("safeLink", () => {
	it.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "http://localhost"])(
		"not %s",
		(text) => expect(safeLink(text)).toBeUndefined(),
	);
	it("the web's", () => expect(safeLink("https://toko.example/a")).toBe("https://toko.example/a"));
});

describe("beginning", () => {
	it("leaves a short text whole", () => expect(beginning("halo")).toBeUndefined());
	it("cuts many lines", () => expect(beginning("x\n".repeat(200))?.split("\n").length).toBeLessThan(25));
	it("does not cut an emoji in two", () => {
		const cut = beginning("😀".repeat(15_000)) ?? "";
		expect(cut.length).toBeGreaterThan(100);
		expect(cut.length).toBeLessThan(1_000);
		expect(cut.endsWith("😀")).toBe(true);
	});
});

it("isJumbo", () => {
	expect(["👍", "👨‍👩‍👧", "🇮🇩 🎉", "👍🏽"].filter((text) => !isJumbo(text))).toEqual([]);
	expect(["ok 👍", "😀😀😀😀", "", "12"].filter(isJumbo)).toEqual([]);
});
