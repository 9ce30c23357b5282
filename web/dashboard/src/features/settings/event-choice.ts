/** The first part of a type of events: message of message.received. */
export function groupOf(type: string): string {
	return type.slice(0, type.indexOf("."));
}

/** The types in their groups, in the order in which they came. */
export function grouped(types: string[]): [group: string, types: string[]][] {
	const out = new Map<string, string[]>();
	for (const type of types) out.set(groupOf(type), [...(out.get(groupOf(type)) ?? []), type]);
	return [...out];
}

/** What members write for each other: "*" does not mean it. */
const internal = "note";

/** What a choice names of the internal types. */
export function notesOf(chosen: string[]): string[] {
	return chosen.filter((one) => one !== "*" && groupOf(one) === internal);
}

/** Whether a choice holds a whole group. */
export function hasGroup(chosen: string[], group: string): boolean {
	return (chosen.includes("*") && group !== internal) || chosen.includes(`${group}.*`);
}

/** Whether a choice of types, groups ("message.*") and everything ("*") holds a type. */
export function holds(chosen: string[], type: string): boolean {
	return hasGroup(chosen, groupOf(type)) || chosen.includes(type);
}

/** The choice with a type put in or taken out. What stood for more is written out then. */
export function withType(chosen: string[], type: string, on: boolean, all: string[]): string[] {
	if (on) return holds(chosen, type) ? chosen : [...chosen, type];
	const rest = all.filter((one) => one !== type && holds(chosen, one));
	return rest;
}

/** The choice with a whole group put in or taken out. */
export function withGroup(chosen: string[], group: string, on: boolean, all: string[]): string[] {
	const whole = `${group}.*`;
	const spelledOut = chosen.includes("*") && group !== internal;
	const groups = grouped(all).map(([name]) => `${name}.*`);
	const named = spelledOut ? [...groups.filter((one) => hasGroup(["*"], groupOf(one))), ...notesOf(chosen)] : chosen;
	const others = named.filter((one) => one === "*" || groupOf(one) !== group);
	return on ? [...others, whole] : others;
}
