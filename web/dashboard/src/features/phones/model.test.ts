import { describe, expect, it } from "vitest";
import type { Phone, PhoneMessage } from "@/lib/phones/network";
import { withNews } from "@/lib/phones/queries";
import { chatsOf, firstChat, linesOf, newMessageId, newName, tickOf } from "./model";

let seq = 0;
const say = (more: Partial<PhoneMessage>): PhoneMessage => {
	seq++;
	return {
		...{ seq, id: `m${seq}`, chat: "62811", from: "62811", from_me: false, type: "text", text: "x" },
		...{ timestamp_ms: seq, status: "received" },
		...more,
	};
};

describe("the lines of a chat", () => {
	it("carry what others made of them", () => {
		const question = say({ type: "poll", poll: { question: "Kapan?", options: ["Pagi", "Sore"] } });
		const lines = linesOf(
			[
				question,
				say({ type: "reaction", text: "👍", target: question.id, from: "62812" }),
				say({ type: "reaction", text: "🙏", target: question.id, from: "62812" }),
				say({ type: "reaction", text: "❤️", target: question.id, from: "62813" }),
				say({ type: "reaction", text: "", target: question.id, from: "62813" }),
				say({ type: "poll_vote", votes: ["Pagi"], target: question.id, from: "62812" }),
				say({ type: "poll_vote", votes: ["Sore"], target: question.id, from: "62812" }),
				say({ type: "edit", target: question.id }),
				say({ text: "ya", reply_to: question.id }),
				say({ text: "di tempat lain", chat: "62899" }),
			],
			"62811",
		);
		expect(lines.map((line) => line.message.text)).toEqual(["x", "ya"]);
		expect(lines[0]?.reactions).toEqual({ 62812: "🙏" });
		expect(lines[0]?.votes).toEqual({ 62812: ["Sore"] });
		expect(lines[1]?.quote?.id).toBe(question.id);
	});

	it("become chats, the newest first, without status updates", () => {
		const list = chatsOf([
			say({ chat: "62811" }),
			say({ chat: "62812", status: "read" }),
			say({ chat: "status@broadcast" }),
			say({ chat: "62811", from_me: true, status: "sent" }),
			say({ chat: "62811", type: "reaction" }),
		]);
		expect(list.map((one) => [one.chat, one.unread])).toEqual([
			["62811", 1],
			["62812", 0],
		]);
	});
});

it("a customer's phone opens at the shop, the shop's own at its chats", () => {
	const phone: Phone = { number: "1", lid: "2", name: "x", companions: [], unread: 0, newest_ms: 0 };
	expect(firstChat(phone, [], ["62800"])).toBe("62800");
	expect(firstChat(phone, chatsOf([say({ chat: "62801" }), say({ chat: "62899" })]), ["62800", "62801"])).toBe("62801");
	expect(firstChat(phone, chatsOf([say({ chat: "62899" })]), [])).toBe("62899");
	expect(firstChat({ ...phone, companions: ["1:2"] }, [], ["62800"])).toBeUndefined();
});

describe("news", () => {
	it("replace what changed, add what came and drop what was deleted", () => {
		const [a, b, c] = [say({}), say({}), say({})];
		const first = withNews(undefined, { next: "r-1", all: true, messages: [a, b], seen: [] });
		const sight = { who: "62811", typing: "composing", online: false, typing_ms: 5 };
		const second = withNews(first, {
			...{ next: "r-2", all: false, seen: [sight] },
			messages: [c, { ...a, status: "read" }, { ...b, deleted: true }],
		});
		expect(second.messages.map((m) => [m.id, m.status])).toEqual([
			[a.id, "read"],
			[c.id, "received"],
		]);
		expect(second.seen).toEqual({ 62811: sight });
		expect(second.next).toBe("r-2");
		expect(withNews(second, { next: "q-1", all: true, messages: [b], seen: [] })).toEqual({
			...{ next: "q-1", messages: [b], seen: {} },
		});
	});
});

it("ticks tell how far a message got", () => {
	const of = (more: Partial<PhoneMessage>) => tickOf(say({ from_me: true, ...more }));
	expect(["sent", "delivered", "read", "played"].map((status) => of({ status }))).toEqual([
		...["sent", "delivered", "read", "read"],
	]);
	expect(of({ status: "sent", error: 463 })).toBe("failed");
});

it("ids and names are new", () => {
	expect(newMessageId()).toMatch(/^3EB0[0-9A-F]{18}$/);
	const taken: string[] = [];
	for (let i = 0; i < 40; i++) taken.push(newName(taken));
	expect(new Set(taken).size).toBe(40);
	for (const name of taken) expect([...name].length).toBeLessThanOrEqual(25);
});
