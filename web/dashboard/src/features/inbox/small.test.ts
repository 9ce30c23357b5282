import { describe, expect, it } from "vitest";
import { cardOf } from "@/lib/vcard";
import { emojiList, findEmoji } from "./emoji";
import { fill, gapIn } from "./fill";
import type { Message } from "./model";
import { rowsOf } from "./rows";
import { snoozes } from "./snooze";
import { clean, viewOf, views } from "./view";

describe("fill", () => {
	const values = { name: "Sari", business_name: "Toko" };
	it.each([
		["Halo {name} dari {business_name}", "Halo Sari dari Toko"],
		["{Halo|Hai} {name}", "Halo Sari"],
		["Halo {nama=Kak}", "Halo Kak"],
		["Total {amount}", "Total {amount}"],
		["{}", "{}"],
	])("%s", (body, want) => expect(fill(body, values, () => 0)).toBe(want));
});

describe("the first variable that is left to fill in", () => {
	it.each<[string, [number, number] | undefined]>([
		["Total {amount}, {due}", [6, 14]],
		["Halo Sari", undefined],
		["{} {Halo|Hai}", undefined],
	])("in %s", (text, want) => expect(gapIn(text)).toEqual(want));
});

describe("rowsOf", () => {
	const message = (id: string, at: number, from_me = false, sender_id = "s"): Message => ({
		id,
		at,
		from_me,
		sender_id,
		chat_id: "c",
		device_id: "d",
		network_id: id,
		state: "received",
		content: { kind: "text" },
	});
	const day = (at: number) => String(Math.floor(at / 86_400_000));
	it("begins a day, a sender, and what is unread", () => {
		const list = [message("a", 1), message("b", 2), message("c", 3, true), message("d", 86_400_001)];
		const rows = rowsOf(list, [], day, 2);
		expect(rows.map((r) => [r.key, r.day, r.first, r.fresh].join())).toEqual([
			"a,true,true,false",
			"b,false,true,true",
			"c,false,true,false",
			"d,true,true,false",
		]);
	});
	it("puts what is on its way at the end", () => {
		const rows = rowsOf([message("a", 1)], [{ key: "k", chat: "c", said: {}, at: 2 }], day, 0);
		expect(rows.at(-1)?.key).toBe("k");
	});
});

it("cardOf reads names and numbers", () => {
	const card = cardOf(
		"BEGIN:VCARD\nVERSION:3.0\nFN:Budi\\, Toko\nitem1.TEL;waid=628111222333:+62 811-1222-333\nTEL:021 555\nEND:VCARD",
	);
	expect(card).toEqual({ name: "Budi, Toko", phones: ["628111222333", "021555"], more: 0 });
	expect(cardOf("<script>")).toEqual({ name: "", phones: [], more: 0 });
	const many = Array.from({ length: 1000 }, (_, i) => `TEL:0812${i}`);
	expect(cardOf([`TEL:${"9".repeat(21)}`, "TEL:08120", ...many].join("\n"))).toEqual({
		name: "",
		phones: ["08120", "08121", "08122", "08123", "08124"],
		more: 995,
	});
});

it("emoji are found in both languages", () => {
	expect(findEmoji("terima")[0]?.emoji).toBe("🙏");
	expect(findEmoji("thanks")[0]?.emoji).toBe("🙏");
	expect(findEmoji("xyzzy")).toEqual([]);
	expect(new Set(emojiList.map((one) => one.emoji)).size).toBe(emojiList.length);
	expect(emojiList.filter((one) => !one.words || !one.emoji)).toEqual([]);
});

it("every view is known again, also with a device", () => {
	for (const [name, filter] of Object.entries(views)) expect(viewOf(clean({ ...filter, device_id: "d" }))).toBe(name);
	expect(viewOf({ status: "resolved" })).toBeUndefined();
});

it("what is put off lies ahead", () => {
	for (const day of [0, 1, 2, 3, 4, 5, 6]) {
		const now = new Date(2026, 10, 22 + day, 23, 30).getTime();
		const list = snoozes(now).map((s) => s.at);
		expect(
			list.every((at) => at > now),
			`on day ${day}`,
		).toBe(true);
		expect(new Date(list[3] ?? 0).getDay()).toBe(1);
	}
});
