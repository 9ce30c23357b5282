import type { Schema } from "@/lib/api/client";

export type Rule = Schema["AutoreplyView"];
export type Step = Schema["AutoreplyStep"];
export type Trigger = Schema["AutoreplyTrigger"];

/** How keywords are compared, in the order in which they are offered. */
export const matches = ["contains", "fuzzy", "exact", "starts_with", "regex"] as const;
export type Match = (typeof matches)[number];

export const triggers = ["keyword", "welcome", "out_of_hours", "fallback"] as const;
export const kinds = ["image", "video", "audio", "voice", "document", "sticker"] as const;

/** The bounds of a rule, as the server has them. */
export const most = { answers: 10, words: 50, delay: 300, minutes: 43_200 };

/** An answer while it is written; key is its own while the list is shuffled. */
export interface Answer extends Step {
	key: number;
}

/** A rule while it is written. */
export interface Draft extends Pick<Rule, "name" | "enabled" | "audience" | "every_minutes"> {
	trigger: Trigger["trigger"];
	match: Match;
	words: string[];
	/** Undefined for all devices; an empty list is one of which none is chosen yet. */
	devices?: string[];
	answers: Answer[];
}

export function blankAnswer(answers: Answer[] = []): Answer {
	return { key: Math.max(0, ...answers.map((one) => one.key)) + 1, text: "" };
}

export function blank(): Draft {
	return {
		name: "",
		enabled: true,
		trigger: "keyword",
		match: "contains",
		words: [],
		audience: "people",
		every_minutes: 0,
		answers: [blankAnswer()],
	};
}

export function draftOf(rule: Rule): Draft {
	return {
		name: rule.name,
		enabled: rule.enabled,
		trigger: rule.when.trigger,
		match: rule.when.match ?? "contains",
		words: rule.when.words ?? [],
		audience: rule.audience,
		every_minutes: rule.every_minutes,
		devices: rule.device_ids.length > 0 ? rule.device_ids : undefined,
		answers: rule.then.map((step, i) => ({ ...step, key: i + 1 })),
	};
}

/** What the API takes for a draft: without what does not count for its trigger, its files or its pauses. */
export function bodyOf(draft: Draft) {
	const when: Trigger =
		draft.trigger === "keyword"
			? { trigger: "keyword", match: draft.match, words: draft.words }
			: { trigger: draft.trigger };
	return {
		name: draft.name,
		enabled: draft.enabled,
		audience: draft.audience,
		every_minutes: draft.every_minutes,
		device_ids: draft.devices ?? [],
		when,
		// biome-ignore lint/suspicious/noThenProperty: the API calls it so
		then: draft.answers.map(stepOf),
	};
}

function stepOf({ text, file_id, kind, delay_seconds, typing }: Answer): Step {
	return {
		text: text || undefined,
		file_id: file_id || undefined,
		kind: file_id ? kind : undefined,
		delay_seconds: delay_seconds || undefined,
		typing: (delay_seconds && typing) || undefined,
	};
}

/** The list with one of its items elsewhere. */
export function moved<T>(list: T[], from: number, to: number): T[] {
	const next = list.slice();
	const [item] = next.splice(from, 1);
	if (item === undefined) return list;
	next.splice(Math.min(Math.max(to, 0), next.length), 0, item);
	return next;
}

/** Adds what was typed to the keywords; each is there once. A pattern keeps its commas, others are parted at them. */
export function withWords(words: string[], typed: string, match: Match): string[] {
	const parts = match === "regex" ? [typed] : typed.split(/[,\n]/);
	const next = words.slice();
	for (const part of parts.map((one) => one.trim())) {
		const known = match === "regex" ? next.includes(part) : next.some((w) => w.toLowerCase() === part.toLowerCase());
		if (part && !known) next.push(part);
	}
	return next;
}
