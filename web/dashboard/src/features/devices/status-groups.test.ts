import { expect, it } from "vitest";
import { postersOf, type StatusUpdate } from "./status-groups";

const update = (id: string, at: number, sender?: StatusUpdate["sender"]): StatusUpdate => ({
	id,
	at,
	sender,
	device_id: "d",
	network_id: id,
	from_me: !sender,
	expires_at: at + 100,
	content: { kind: "text", text: id },
});
const sari = { contact_id: "c", name: "Sari", phone: "6281" };

it("has each person's statuses together, oldest first, ours before all others", () => {
	const list = [update("b", 9, { phone: "6282" }), update("mine", 5), update("s1", 6, sari), update("s2", 8, sari)];
	expect(postersOf(list, 10).map((one) => [one.key, one.name, one.updates.map((u) => u.id).join()])).toEqual([
		["me", undefined, "mine"],
		["6282", undefined, "b"],
		["c", "Sari", "s1,s2"],
	]);
});

it("leaves out what is over", () => {
	const list = [update("old", 5, sari), update("new", 50, sari)];
	expect(postersOf(list, 105).flatMap((one) => one.updates.map((u) => u.id))).toEqual(["new"]);
	expect(postersOf(list, 150)).toEqual([]);
});

it("does not take two whom nobody knows for one", () => {
	expect(postersOf([update("a", 1, {}), update("b", 2, {}), update("c", 3, { lid: "7" })], 4)).toHaveLength(3);
});
