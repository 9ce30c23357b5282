import { expect, it } from "vitest";
import { initials } from "./avatar";
import { found } from "./combobox";

it.each([
	["Sari Dewi Lestari", "SD"],
	["  budi ", "B"],
	["🌸 Toko Bunga", "TB"],
	["👍", "?"],
	["", "?"],
	["李 小龙", "李小"],
])("the initials of %j are %s", (name, want) => {
	expect(initials(name)).toBe(want);
});

it("options are found by all words, wherever they are", () => {
	const options = [
		{ value: "1", label: "Asia/Jakarta", also: "WIB" },
		{ value: "2", label: "Asia/Makassar", also: "WITA Bali" },
	];
	expect(found(options, "bali asia").map((o) => o.value)).toEqual(["2"]);
	expect(found(options, "").length).toBe(2);
	expect(found(options, "europe")).toEqual([]);
});
