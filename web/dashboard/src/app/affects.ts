import type { QueryKey } from "@tanstack/react-query";
import { matches } from "@/lib/live/match";

/**
 * What is old after an event: its type, or a pattern such as "device.*", and the keys under which queries keep what it
 * changed. A screen adds its lines here.
 */
const table: [pattern: string, keys: QueryKey[]][] = [
	// The inbox takes these into its lists and threads itself, event by event.
	["message.*", [["chats", "any"]]],
	["contact.*", [["contacts"]]],
	["import.changed", [["imports"]]],
	["note.*", [["notes"], ["mentions"]]],
	["scheduled.*", [["scheduled"]]],
	["broadcast.state", [["broadcasts"]]],
	["device.*", [["devices"]]],
	["status.*", [["statuses"]]],
	["group.*", [["groups"]]],
	["call.received", [["calls"]]],
	["member.*", [["members"]]],
	["team.changed", [["teams"]]],
	["label.changed", [["labels"]]],
	["view.changed", [["views"]]],
	["workspace.changed", [["workspace"], ["me"]]],
	// Hints that are in no log: what only these screens care about.
	["rules.changed", [["rules"]]],
	["templates.changed", [["templates"]]],
	["contacts.arranged", [["tags"], ["contact-fields"], ["segments"]]],
	["api_keys.changed", [["api-keys"]]],
	["invitations.changed", [["invitations"]]],
	["webhooks.changed", [["webhooks"]]],
	["takeouts.changed", [["takeouts"]]],
	["closing.changed", [["closing"]]],
];

/** The keys that an event makes old. That somebody is online passes, and is kept by none. */
export function affectedBy(type: string): QueryKey[] {
	if (type === "contact.presence") return [];
	return table.filter(([pattern]) => matches(pattern, type)).flatMap(([, keys]) => keys);
}
