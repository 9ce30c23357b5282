import type { Schema } from "@/lib/api/client";

export type Broadcast = Schema["BroadcastView"];
export type State = Broadcast["state"];
export type Counts = Broadcast["counts"];
export type Recipient = Schema["BroadcastRecipientView"];
export type Status = Recipient["state"];
export type Hold = Broadcast["forecast"]["holds"][number];

/** The states of a recipient, in the order in which they come. */
export const statuses: Status[] = [
	"queued",
	"claimed",
	"sent",
	"delivered",
	"read",
	"replied",
	"failed",
	"skipped",
	"opted_out",
	"cancelled",
];

/** Which of the recipients are shown; it is in the page's address. */
export interface Shown {
	state?: Status;
	code?: string;
}

/** What an address says is shown. A code that is a number comes as one. */
export function shownOf({ state, code }: Record<string, unknown>): Shown {
	const known = statuses.find((status) => status === state);
	return {
		state: known,
		code: known && (typeof code === "string" || typeof code === "number") ? String(code) : undefined,
	};
}

/** What a broadcast's state looks like. */
export const looks: Record<State, "plain" | "accent" | "good" | "warn" | "bad"> = {
	draft: "plain",
	planning: "accent",
	ready: "accent",
	scheduled: "accent",
	running: "accent",
	paused: "warn",
	done: "good",
	cancelled: "plain",
	failed: "bad",
};

/** Whether something happens to it by itself, so that it is worth looking again. */
export function moving(state: State): boolean {
	return state === "planning" || state === "running" || state === "scheduled";
}

/** Whether it is over. */
export function over(state: State): boolean {
	return state === "done" || state === "cancelled" || state === "failed";
}

/** Whether those that failed can go again. */
export function retries(one: Broadcast): boolean {
	return one.counts.failed > 0 && (one.state === "running" || one.state === "paused" || one.state === "done");
}

/** Whether it waits for its time in a series: who gets it is counted then. */
export function toCome(one: Broadcast): boolean {
	return Boolean(one.repeat) && !one.started_at && (one.state === "scheduled" || one.state === "paused");
}

/** Who was to get it: everybody but those who were left out. */
export function wanted(c: Counts): number {
	return c.queued + c.claimed + gone(c) + c.failed + c.cancelled;
}

/** Who got it, however far. */
export function gone(c: Counts): number {
	return c.sent + c.delivered + c.read + c.replied + c.opted_out;
}

/** Who is not gone to yet. */
export function waiting(c: Counts): number {
	return c.queued + c.claimed;
}

/** How far it is, 0 to 1: of those who were to get it, who has it or never will. */
export function part(c: Counts): number {
	const all = wanted(c);
	return all === 0 ? 0 : (all - waiting(c)) / all;
}

export interface Stage {
	name: "sent" | "delivered" | "read" | "replied";
	count: number;
	/** Of those who got it, 0 to 1. */
	part: number;
}

/** How far it got with those who got it: whoever read it has it delivered, too. Who asked to stop has read it, and is no reply. */
export function funnel(c: Counts): Stage[] {
	const read = c.replied + c.opted_out + c.read;
	const delivered = read + c.delivered;
	const sent = delivered + c.sent;
	const stage = (name: Stage["name"], count: number) => ({ name, count, part: sent === 0 ? 0 : count / sent });
	return [stage("sent", sent), stage("delivered", delivered), stage("read", read), stage("replied", c.replied)];
}

/** Why people were left out, the most frequent first. */
export function reasonsOf(reasons: Record<string, number>): [code: string, count: number][] {
	return Object.entries(reasons)
		.filter(([, count]) => count > 0)
		.sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** Puts what was told of a broadcast over what was read of it, unless that is newer. */
export function newer(read: Broadcast | undefined, told: Broadcast): Broadcast {
	return read && read.updated_at > told.updated_at ? read : told;
}

/** By what the results of a broadcast can be compared. */
export type Side = "variant" | "device" | "hour";

/** By what there is more than one to compare; hours is in how many something went. */
export function sidesOf(one: Pick<Broadcast, "variants" | "devices">, hours: number): Side[] {
	const many: Record<Side, number> = { variant: one.variants.length, device: one.devices.length, hour: hours };
	return (["variant", "device", "hour"] as const).filter((side) => many[side] > 1);
}
