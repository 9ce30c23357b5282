import type { Schema } from "@/lib/api/client";
import { parse, variablesOf } from "@/lib/fill";
import type { Broadcast } from "./model";
import { incomplete, type Repeat, ruleOf } from "./repeat";

export type Body = Schema["BroadcastDraftIn"];
export type Preset = "" | "cautious" | "normal" | "bold" | "none";

/** Where the recipients come from. */
export const sources = ["segment", "tags", "all", "contacts", "group", "numbers", "file"] as const;
/** same: whom a broadcast that was copied had. */
export type Source = (typeof sources)[number] | "same";

export interface Variant {
	text: string;
	fileId?: string;
}

/** A broadcast while it is made. It is kept on this device with every key. */
export interface Draft {
	name: string;
	source: Source;
	segment: string;
	tags: string[];
	numbers: string;
	/** Contacts picked one by one, with what a text can say of them. */
	contacts: { id: string; name: string; values: Record<string, string> }[];
	/** A group of a device, whose members get it; without an id none is chosen yet. */
	group?: { device: string; id: string; name: string };
	/** A file with recipients, and how the server reads its begin. */
	file?: { id: string; name: string; columns: string[]; rows: Record<string, string>[] };
	/** The broadcast that it is a copy of, where the server alone knows to whom that went. */
	copied?: { id: string; name: string };
	/** Leave out who got a broadcast in so many days; 0 leaves nobody out. */
	reachedDays: number;
	strangersOut: boolean;
	tagsOut: string[];
	variants: Variant[];
	/** What stands for a variable that somebody has no value of. */
	fallbacks: Record<string, string>;
	/** Undefined until somebody chose: then all that are online. */
	devices?: { id: string; weight: number }[];
	preset: Preset;
	hours: boolean;
	from: string;
	to: string;
	days: number[];
	/** Unix milliseconds; 0 is at once. */
	startAt: number;
	/** How it goes again from startAt on; undefined: it goes once. */
	repeat?: Repeat;
	takeOver: boolean;
	step: number;
	/** What was counted on the server of this very draft, and of what it was made. */
	made?: { id: string; of: string };
}

export const everyDay = [1, 2, 3, 4, 5, 6, 0];

export function blank(): Draft {
	return {
		name: "",
		source: "segment",
		segment: "",
		tags: [],
		numbers: "",
		contacts: [],
		reachedDays: 3,
		strangersOut: false,
		tagsOut: [],
		variants: [{ text: "" }],
		fallbacks: {},
		preset: "",
		hours: true,
		from: "08:00",
		to: "20:00",
		days: everyDay,
		startAt: 0,
		takeOver: false,
		step: 0,
	};
}

/** The numbers that were pasted, one per line, comma or semicolon. */
export function numbersOf(text: string): string[] {
	return [
		...new Set(
			text
				.split(/[\n,;\t]+/)
				.map((one) => one.trim())
				.filter(Boolean),
		),
	];
}

/** The variables that the texts use without saying what stands for a missing one, each once. */
export function gapsOf(variants: Variant[]): string[] {
	const names = variants.flatMap(({ text }) =>
		variablesOf(parse(text)).filter((name) => !text.includes(`{${name}=`) && name !== "phone"),
	);
	return [...new Set(names)];
}

/** What of a draft is still missing, so that its step can't be left; undefined when nothing is. */
export type Missing = "who" | "what" | "devices" | "hours" | "repeat";

export function missing(draft: Draft, step: number): Missing | undefined {
	const filled = {
		segment: draft.segment !== "",
		tags: draft.tags.length > 0,
		all: true,
		numbers: numbersOf(draft.numbers).length > 0,
		contacts: draft.contacts.length > 0,
		group: Boolean(draft.group?.id),
		file: Boolean(draft.file),
		same: Boolean(draft.copied),
	};
	if (step === 0 && !filled[draft.source]) return "who";
	if (step === 1 && draft.variants.some((one) => !one.text.trim() && !one.fileId)) return "what";
	if (step === 2 && draft.devices?.length === 0) return "devices";
	if (step === 2 && draft.hours && (!draft.from || !draft.to || draft.from === draft.to || draft.days.length === 0))
		return "hours";
	if (step === 2 && draft.repeat && incomplete(draft.repeat)) return "repeat";
	return undefined;
}

/** What the server is asked to make of a draft. Nothing of it starts by itself. */
export function bodyOf(draft: Draft, online: string[], unnamed: string): Body {
	const senders = draft.devices ?? online.map((id) => ({ id, weight: 1 }));
	const used = gapsOf(draft.variants);
	const variables = Object.entries(draft.fallbacks).filter(([name, value]) => used.includes(name) && value.trim());
	const everyDayOn = draft.days.length === everyDay.length;
	return {
		name: draft.name.trim() || unnamed,
		device_ids: senders.map((one) => one.id),
		weights: senders.length > 1 ? senders.map((one) => one.weight) : undefined,
		variants: draft.variants.map((one) => ({
			text: one.text,
			media: one.fileId ? { file_id: one.fileId } : undefined,
		})),
		variables: variables.length > 0 ? Object.fromEntries(variables) : undefined,
		audience: audienceOf(draft),
		pacing: draft.preset ? { preset: draft.preset } : undefined,
		window: draft.hours
			? { from: draft.from, to: draft.to, days: everyDayOn ? undefined : [...draft.days].sort() }
			: undefined,
		start_at: draft.startAt || undefined,
		repeat: draft.startAt && draft.repeat ? ruleOf(draft.repeat) : undefined,
		take_over: draft.takeOver && senders.length > 1,
		draft: true,
	};
}

function audienceOf(draft: Draft): Body["audience"] {
	const out = {
		reached_days: draft.reachedDays || undefined,
		strangers: draft.strangersOut || undefined,
		tags: draft.tagsOut.length > 0 ? draft.tagsOut : undefined,
	};
	return {
		all: draft.source === "all" || undefined,
		segment: draft.source === "segment" ? draft.segment : undefined,
		tags: draft.source === "tags" ? draft.tags : undefined,
		numbers: draft.source === "numbers" ? numbersOf(draft.numbers) : undefined,
		contact_ids: draft.source === "contacts" ? draft.contacts.map((one) => one.id) : undefined,
		group:
			draft.source === "group" && draft.group ? { device_id: draft.group.device, group: draft.group.id } : undefined,
		file_id: draft.source === "file" ? draft.file?.id : undefined,
		exclude: Object.values(out).some(Boolean) ? out : undefined,
	};
}

/** A new draft of what a broadcast was. Lists of people the server keeps to itself: such a copy goes to the same. */
export function copyOf(one: Broadcast, name: string): Draft {
	const { audience } = one;
	const source: Source = audience.segment ? "segment" : audience.tags?.length ? "tags" : audience.all ? "all" : "same";
	return {
		...blank(),
		name,
		source,
		segment: audience.segment ?? "",
		tags: audience.tags ?? [],
		copied: source === "same" ? { id: one.id, name: one.name } : undefined,
		reachedDays: audience.exclude?.reached_days ?? 0,
		strangersOut: audience.exclude?.strangers ?? false,
		tagsOut: audience.exclude?.tags ?? [],
		variants: one.variants.map((variant) => ({ text: variant.text, fileId: variant.file_id })),
		fallbacks: one.variables ?? {},
		devices: one.devices.map((sender) => ({ id: sender.device_id, weight: sender.weight })),
		preset: (one.pacing.preset ?? "") as Preset,
		hours: Boolean(one.window),
		from: one.window?.from ?? blank().from,
		to: one.window?.to ?? blank().to,
		days: one.window?.days?.length ? one.window.days : everyDay,
		takeOver: one.take_over,
	};
}
