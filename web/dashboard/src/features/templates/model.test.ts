import { expect, it } from "vitest";
import { categoriesOf, found, type Kind, type Template } from "./model";

const made = (id: string, name: string, more: Partial<Template> = {}): Template => ({
	id,
	name,
	body: "",
	variables: [],
	created_at: 1,
	updated_at: 1,
	...more,
});

const list = [
	made("1", "Terima kasih", { body: "Makasih ya {name}", variables: ["name"] }),
	made("2", "Ongkos kirim", { body: "Ongkir ke Bandung Rp10.000", shortcut: "ongkir" }),
	made("3", "Katalog", { file_id: "f", shortcut: "katalog" }),
];

it.each<[Kind, string, string]>([
	["all", "", "321"],
	["canned", "", "32"],
	["gaps", "", "1"],
	["files", "", "3"],
	["all", "bandung ongkir", "2"],
	["all", "MAKASIH", "1"],
	["all", "/ong", "2"],
	["all", "/", "32"],
	["files", "ongkir", ""],
])("of %s, %j finds %j", (kind, text, want) => {
	expect(
		found(list, kind, text)
			.map((one) => one.id)
			.join(""),
	).toBe(want);
});

it("narrows to a category, and finds it as a word", () => {
	const orders = { ...made("4", "Siap", { category: "Pesanan" }), shortcut: "siap" };
	const all = [...list, orders, made("5", "Lunas", { category: "Bayar" }), made("6", "Batal", { category: "Pesanan" })];
	const ids = (kind: Kind, text: string, category?: string) => found(all, kind, text, category).map((one) => one.id);
	expect(categoriesOf(all)).toEqual(["Bayar", "Pesanan"]);
	expect(ids("all", "", "Pesanan")).toEqual(["6", "4"]);
	expect(ids("canned", "", "Pesanan")).toEqual(["4"]);
	expect(ids("all", "pesanan")).toEqual(["6", "4"]);
});
