import type { Schema } from "@/lib/api/client";
import type { linkWords } from "./link-words";
import type { devicesWords } from "./words";

export type Device = Schema["DeviceView"];

type Key = NonNullable<(typeof devicesWords)["key"]>;
type LinkKey = NonNullable<(typeof linkWords)["key"]>;

/** How a state looks, and what it says: what is, why, and what to do now. */
export interface Told {
	kind: "good" | "warn" | "bad" | "plain";
	title: Key;
	/** Why it is so, where that is known. */
	why?: Key;
	/** What to do; missing where there is nothing to do. */
	todo?: Key;
}

/** Why a device is offline, by the codes of the API. Others are numbers of the network's, and mean: it comes back by itself. */
const offline: Record<string, { why: Key; todo: Key }> = {
	stopped: { why: "why_stopped", todo: "todo_wait" },
	open_failed: { why: "why_open", todo: "todo_log" },
	client_outdated: { why: "why_outdated", todo: "todo_update" },
	replaced: { why: "why_replaced", todo: "todo_replaced" },
	proxy_failed: { why: "why_proxy", todo: "todo_proxy" },
};

/** Why the network has banned an account, by its numbers. */
const banned: Record<string, Key> = {
	"101": "ban_many",
	"102": "ban_blocked",
	"103": "ban_groups",
	"104": "ban_same",
	"106": "ban_broadcast",
};

function loggedOut(why: string): Key {
	if (why === "unlinked") return "why_unlinked";
	if (why === "device_removed" || why === "401") return "why_removed";
	return why === "403" || why === "406" ? "why_banned" : "why_not_linked";
}

/** A device's state in plain words. */
export function told(device: Device): Told {
	const why = device.state_why ?? "";
	switch (device.state) {
		case "online":
			if (device.paused) return { kind: "warn", title: "state_paused", why: "why_paused", todo: "todo_resume" };
			return { kind: "good", title: "state_online", why: "why_online" };
		case "connecting":
			return { kind: "plain", title: "state_connecting", why: "why_connecting" };
		case "linking":
			return { kind: "plain", title: "state_linking", todo: "todo_link" };
		case "offline": {
			const known = offline[why] ?? { why: "why_away" as const, todo: "todo_wait" as const };
			return { kind: "warn", title: "state_offline", ...known };
		}
		case "restricted":
			return { kind: "warn", title: "state_restricted", why: "why_restricted", todo: "todo_restricted" };
		case "banned":
			return { kind: "bad", title: "state_banned", why: banned[why] ?? "ban_unknown", todo: "todo_banned" };
		case "logged_out":
			return { kind: "bad", title: "state_logged_out", why: loggedOut(why), todo: "todo_relink" };
		default:
			return { kind: "plain", title: "state_new", todo: "todo_link" };
	}
}

/** Why linking did not work, by the codes of the API. */
const failures: Record<string, LinkKey> = {
	expired: "fail_expired",
	refused: "fail_refused",
	network_unreachable: "fail_unreachable",
	timeout: "fail_unreachable",
	disconnected: "fail_disconnected",
	invalid_phone: "fail_phone",
	passkey_failed: "fail_passkey",
	cancelled: "fail_cancelled",
	number_taken: "fail_taken",
	proxy_failed: "fail_proxy",
	client_outdated: "fail_outdated",
	"429": "fail_often",
};

export function failure(reason: string | undefined): LinkKey {
	return failures[reason ?? ""] ?? "fail_unknown";
}
