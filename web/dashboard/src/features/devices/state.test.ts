import { describe, expect, it } from "vitest";
import { say } from "@/lib/words";
import { linkWords } from "./link-words";
import { type Device, failure, told } from "./state";
import { devicesWords } from "./words";

const device: Device = {
	id: "d",
	channel: "whatsapp",
	name: "Kasir",
	state: "online",
	state_since: 0,
	linked: true,
	webhook_url: "",
	autoread: false,
	paused: false,
	reject_calls: false,
	ignore_statuses: false,
	tell_typing: false,
	show_online: false,
	created_at: 0,
	history_per_chat: 1000,
	history_total: 200_000,
};

describe("a device's state in words", () => {
	it.each([
		["online", "", "good", "state_online", undefined],
		["offline", "503", "warn", "state_offline", "todo_wait"],
		["offline", "proxy_failed", "warn", "state_offline", "todo_proxy"],
		["offline", "replaced", "warn", "state_offline", "todo_replaced"],
		["logged_out", "401", "bad", "state_logged_out", "todo_relink"],
		["banned", "104", "bad", "state_banned", "todo_banned"],
		["new", "", "plain", "state_new", "todo_link"],
	] as const)("%s because of %s", (state, state_why, kind, title, todo) => {
		expect(told({ ...device, state, state_why })).toMatchObject({ kind, title, ...(todo && { todo }) });
	});

	it("says that it is paused", () => {
		expect(told({ ...device, paused: true }).title).toBe("state_paused");
	});

	it("has words for codes that nobody knows", () => {
		expect(say(devicesWords)(told({ ...device, state: "banned", state_why: "999" }).why ?? "title")).toContain(
			"WhatsApp",
		);
		for (const reason of ["418", undefined]) expect(say(linkWords)(failure(reason))).toContain("WhatsApp");
	});
});
