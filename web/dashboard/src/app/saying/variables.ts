import { useMe } from "@/app/me";
import { useFormat } from "@/lib/format";
import type { sayingWords } from "./words";

type Word = typeof sayingWords extends { readonly key?: infer K } ? NonNullable<K> : never;

/** A variable that the server fills in by itself. It is called by a word of ours, or as the shop calls it. */
export type Variable = { name: string } & ({ word: Word; label?: undefined } | { label: string });

/** What every text can say of the person and the shop. */
export const personal: Variable[] = [
	{ name: "name", word: "varName" },
	{ name: "phone", word: "varPhone" },
	{ name: "business_name", word: "varShop" },
];

/** What an answer can say besides: of the question, and the shop's clock. */
export const answering: Variable[] = [
	...personal,
	{ name: "message", word: "varMessage" },
	{ name: "time", word: "varTime" },
	{ name: "date", word: "varDate" },
];

/** Values to show a text with, as a customer would see it. */
export function useExamples(message = ""): Record<string, string> {
	const me = useMe();
	const format = useFormat();
	const now = Date.now();
	const date = new Date(now).toLocaleDateString("en-GB").replaceAll("/", "-");
	return {
		name: "Sari",
		phone: "6281234567890",
		business_name: me.workspace.name,
		message,
		time: format.time(now).replace(".", ":"),
		date,
	};
}
