import { describe, expect, it } from "vitest";
import { parse, picker, render, variablesOf, varies } from "./fill";

const first = () => 0;
const last = (n: number) => n - 1;
const values = { name: "Sari", empty: "", evil: "{name} {a|b}" };

describe("filling in, as the server does", () => {
	it.each([
		["", "", first],
		["Halo {name}!", "Halo Sari!", first],
		["Halo {siapa=Kak}", "Halo Kak", first],
		["Halo {empty=Kak}", "Halo Kak", first],
		["[{empty}]", "[]", first],
		["{Halo|Hai} {name}", "Halo Sari", first],
		["{Halo|Hai} {name}", "Hai Sari", last],
		["{Selamat {pagi|siang}|Hai} Kak", "Selamat pagi Kak", first],
		["{|kosong}", "", first],
		["{evil}", "{name} {a|b}", first],
		["{", "{", first],
		["}", "}", first],
		["a|b", "a|b", first],
		["{tidak ada spasi}", "{tidak ada spasi}", first],
		["{}", "{}", first],
		["\\{name\\}", "{name}", first],
		["{a\\|b|c}", "a|b", first],
		["{a|{name}", "{a|Sari", first],
		["{{a|b}", "{a", first],
		['{"json": {"a": 1}}', '{"json": {"a": 1}}', first],
		["{ Halo {name} }", "{ Halo Sari }", first],
		["akhir\\", "akhir\\", first],
		["{unknown} {Halo|Hai}", "{unknown} Halo", first],
	])("%j becomes %j", (source, want, pick) => {
		expect(render(parse(source), values, pick)).toBe(want);
	});

	it("ends with any text, however deep", () => {
		const deep = "{a|".repeat(5000) + "}".repeat(5000);
		expect(render(parse(deep), {}, first)).toMatch(/^a/);
		expect(render(parse("{".repeat(20_000)), {}, first)).toBe("{".repeat(20_000));
	});
});

it("names its variables once, within choices too", () => {
	expect(variablesOf(parse("{b} {a|{c=x}} {b}"))).toEqual(["b", "c"]);
	expect(varies(parse("{b} {a|{c=x}}"))).toBe(true);
	expect(varies(parse("{b} a|c"))).toBe(false);
});

it("picks the same for a seed, and all of them in time", () => {
	const draw = (seed: number) => picker(seed)(3);
	expect(draw(7)).toBe(draw(7));
	expect(new Set(Array.from({ length: 60 }, (_, seed) => draw(seed)))).toEqual(new Set([0, 1, 2]));
});
