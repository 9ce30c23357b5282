import type { Schema } from "@/lib/api/client";
import { phoneNumber } from "@/lib/format";
import { Store } from "@/lib/store";

export type Card = Schema["ContactCardView"];
export type Tag = Schema["ContactTagView"];
export type ContactField = Schema["ContactFieldView"];
export type Node = Schema["FilterNode"];

/** What the list shows. A part that is missing does not narrow it. */
export interface ContactFilter {
	search?: string;
	kind?: "people" | "groups";
	/** Names of tags, all of which they carry. */
	tag?: string[];
	/** key:value of the workspace's own fields. */
	field?: string[];
	consent?: "in" | "out" | "unknown";
	blocked?: "true" | "false";
	device_id?: string;
	segment_id?: string;
	sort?: "name" | "last_message" | "created";
}

/** What the list is narrowed to; it stays while other pages are looked at. */
export const filterStore = new Store<ContactFilter>({ kind: "people" });

/** A filter without what does not narrow, so that equal filters have equal keys. */
export function clean(filter: ContactFilter): ContactFilter {
	return Object.fromEntries(Object.entries(filter).filter(([, v]) => (Array.isArray(v) ? v.length > 0 : v)));
}

/** How many choices narrow the list, beside the search and whether it is people. */
export function narrowings(filter: ContactFilter): number {
	const { search: _, sort: __, kind, ...rest } = clean(filter);
	const values = Object.values(rest).map((v) => (Array.isArray(v) ? v.length : 1));
	return values.reduce((sum, n) => sum + n, kind === "people" ? 0 : 1);
}

/** Whoever there is: a group, or none. */
export const everybody: Node = {
	op: "or",
	args: [
		{ op: "is", on: "group" },
		{ op: "not", args: [{ op: "is", on: "group" }] },
	],
};

/** The filter as the expression that segments and changes of many take; undefined when it is about everybody. */
export function treeOf(filter: ContactFilter, segments: { id: string; tree: Node }[] = []): Node | undefined {
	const is = (on: string, yes: boolean): Node => (yes ? { op: "is", on } : { op: "not", args: [{ op: "is", on }] });
	const all: Node[] = [];
	if (filter.search) all.push({ op: "~", on: "search", value: filter.search });
	for (const name of filter.tag ?? []) all.push({ op: "=", on: "tag", value: name });
	for (const pair of filter.field ?? []) {
		const [key, value] = splitField(pair);
		all.push({ op: "=", on: `field.${key}`, value });
	}
	if (filter.consent) all.push({ op: "=", on: "consent", value: filter.consent });
	if (filter.device_id) all.push({ op: "=", on: "device", value: filter.device_id });
	if (filter.blocked) all.push(is("blocked", filter.blocked === "true"));
	const segment = segments.find((one) => one.id === filter.segment_id);
	if (segment) all.push(segment.tree);
	if (filter.kind) all.push(is("group", filter.kind === "groups"));
	return all.length > 1 ? { op: "and", args: all } : all[0];
}

/** The two halves of key:value. A value may have colons itself. */
export function splitField(pair: string): [key: string, value: string] {
	const at = pair.indexOf(":");
	return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** How somebody is called: by name, else by number. Without both it is the caller's to say. */
export function nameOf(contact: { name?: string; phone?: string }): string {
	return contact.name?.trim() || (contact.phone ? phoneNumber(contact.phone) : "");
}

/** The filter as it is written in an address. */
export function addressOf(filter: ContactFilter): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(clean(filter)))
		for (const one of Array.isArray(value) ? value : [value]) if (name !== "sort") query.append(name, String(one));
	return query.toString();
}

const month = "(jan|[fp]eb|mar|apr|me[iy]|may|jun|jul|agu|agt|ags|aug|sep|o[kc]t|no[vp]|de[sc])\\p{L}*\\.?";
const days = new RegExp(
	`^(\\d{1,2}[/.-]\\d{1,2}[/.-](\\d{4}|\\d{2})|\\d{4}-\\d\\d?-\\d\\d?|\\d{1,2}[ /-]?${month}[ /-]?(\\d{4}|\\d{2}))$`,
	"iu",
);

/** A cell that is a day: 31/01/2026, 2026-01-31, 31 Jan 2026. */
export function isDay(cell: string): boolean {
	return days.test(cell.trim());
}

/** A cell that is an amount: 150000, Rp 1.500.000,-, 12,5. What begins with a 0 or is very long is a code. */
export function isAmount(cell: string): boolean {
	return /^(rp\.?\s?)?(0|[1-9]\d{0,8}|[1-9]\d{0,2}([.,]\d{3})+)([.,]\d{1,2}|,--?)?$/i.test(cell.trim());
}

/** How many rows of an import say something new: of a large file as far as it was looked at, the rest is taken for good. */
export function writtenOf(counts: Record<string, number>, looked: number, total: number): number {
	const some = (counts.new ?? 0) + (counts.update ?? 0) + (counts.opted_out ?? 0);
	return some + Math.max(total - looked, 0);
}
