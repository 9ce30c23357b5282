import type { Schema } from "@/lib/api/client";
import type { Say } from "@/lib/words";
import type { groupWords } from "./group-words";

export type GroupLine = Schema["DeviceGroupLine"];
type Tell = Say<NonNullable<typeof groupWords.key>>;

/** How a line calls the device's own account, which is no contact. */
export const self = "self";

/** How many people a line names before it counts the others. */
const mostNamed = 3;

/** The contacts whose names a line needs. */
export function namedIn(line: GroupLine): string[] {
	const ids = [line.by ?? "", ...(line.members ?? []).slice(0, mostNamed)];
	return [...new Set(ids)].filter((id) => id && id !== self);
}

/** What happened to a group, in words. nameOf is what a contact is called, "" when nobody knows. */
export function lineOf(line: GroupLine, nameOf: (id: string) => string, t: Tell): string {
	const name = (id: string) => (id === self ? t("you") : nameOf(id) || t("someone"));
	const { by = "", members = [] } = line;
	const values = { by: name(by), who: listOf(members.map(name), line.more ?? 0, t), text: line.text ?? "" };
	const alone = !by || members.includes(by);
	const onOff = line.on ? "On" : "Off";
	switch (line.deed) {
		case "created":
			return by && by !== self ? t("cameBy", values) : t("came");
		case "joined":
			return t(alone ? "joined" : "added", values);
		case "left":
			return t(alone ? "left" : "removed", values);
		case "description":
			return t(line.text ? "description" : "descriptionGone", values);
		case "picture":
			return t(line.has ? "picture" : "pictureGone", values);
		case "announce":
		case "locked":
		case "admins_add":
			return t(`${line.deed}${onOff}`, values);
		case "disappearing":
			return line.seconds ? t("timer", { ...values, time: timeOf(line.seconds, t) }) : t("timerOff", values);
		case "promoted":
		case "demoted":
		case "requested":
		case "name":
		case "join_approval":
		case "invite":
		case "deleted":
			return t(line.deed, values);
		default:
			return t("other");
	}
}

function listOf(names: string[], more: number, t: Tell): string {
	const shown = names.slice(0, mostNamed);
	const left = names.length - shown.length + more;
	if (left > 0) shown.push(t("more", { count: left }));
	const last = shown.pop() ?? t("someone");
	return shown.length ? t("and", { some: shown.join(", "), last }) : last;
}

function timeOf(seconds: number, t: Tell): string {
	const days = Math.round(seconds / 86_400);
	return days > 1 ? t("days", { count: days }) : t("hours", { count: Math.max(1, Math.round(seconds / 3600)) });
}
