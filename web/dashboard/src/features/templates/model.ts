import type { Schema } from "@/lib/api/client";

export type Template = Schema["TemplateView"];

/** A template while it is written. */
export interface Draft {
	name: string;
	shortcut: string;
	category: string;
	body: string;
	file_id: string;
}

export function draftOf(one: Template | undefined): Draft {
	return {
		name: one?.name ?? "",
		shortcut: one?.shortcut ?? "",
		category: one?.category ?? "",
		body: one?.body ?? "",
		file_id: one?.file_id ?? "",
	};
}

/** What the list can be narrowed to. */
export const kinds = ["all", "canned", "gaps", "files"] as const;
export type Kind = (typeof kinds)[number];

export function isOf(kind: Kind, one: Template): boolean {
	switch (kind) {
		case "all":
			return true;
		case "canned":
			return Boolean(one.shortcut);
		case "gaps":
			return one.variables.length > 0;
		case "files":
			return Boolean(one.file_id);
	}
}

/** The names of all categories, in the order of the alphabet. */
export function categoriesOf(list: Template[]): string[] {
	return [...new Set(list.flatMap((one) => one.category || []))].sort((a, b) => a.localeCompare(b, "id"));
}

/**
 * The templates of a kind, and of a category unless that is "", in which every word of the text is found; a text that begins
 * with / looks at shortcuts only. By name.
 */
export function found(list: Template[], kind: Kind, text: string, category = ""): Template[] {
	const wanted = text.trim().toLowerCase();
	const parts = wanted.split(/\s+/).filter(Boolean);
	return list
		.filter((one) => {
			if (!isOf(kind, one) || (category && one.category !== category)) return false;
			if (wanted.startsWith("/")) return Boolean(one.shortcut?.startsWith(wanted.slice(1)));
			const all = `${one.name} ${one.shortcut ?? ""} ${one.category ?? ""} ${one.body}`.toLowerCase();
			return parts.every((part) => all.includes(part));
		})
		.sort((a, b) => a.name.localeCompare(b.name, "id"));
}
