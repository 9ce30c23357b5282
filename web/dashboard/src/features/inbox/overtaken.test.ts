import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import type { LiveEvent } from "@/lib/live";
import { Overtaken } from "./overtaken";

const event = (seq: number): LiveEvent => ({ type: "message.received", seq, data: {} });

it("gives again what happened between a question and its answer, and nothing else", async () => {
	const client = new QueryClient();
	const overtaken = new Overtaken();
	const again: (number | undefined)[][] = [];
	const end = overtaken.watch(
		client,
		(query) => query.queryKey[0] === "chats",
		(events) => again.push(events.map((e) => e.seq)),
	);
	const asks = (key: string) => {
		let answer = (_: string) => {};
		const asked = client.fetchQuery({ queryKey: [key], queryFn: () => new Promise<string>((ok) => (answer = ok)) });
		return { answer: () => answer("old"), asked };
	};
	overtaken.note(event(1));
	const chats = asks("chats");
	const teams = asks("teams");
	await Promise.resolve();
	overtaken.note(event(2));
	client.setQueryData(["chats"], "as the event has it");
	overtaken.note(event(3));
	teams.answer();
	chats.answer();
	await Promise.all([chats.asked, teams.asked]);
	expect(again).toEqual([[2, 3]]);

	const quiet = asks("chats");
	await Promise.resolve();
	quiet.answer();
	await quiet.asked;
	end();
	expect(again).toEqual([[2, 3]]);
});
