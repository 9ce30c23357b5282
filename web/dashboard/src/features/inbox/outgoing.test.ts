import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import { resume, sends, write } from "./outgoing";

afterEach(() => vi.unstubAllGlobals());

it("goes by itself when the connection is back, under the same key; what was refused does not", async () => {
	const client = new QueryClient();
	const keys: (string | null)[] = [];
	const answers = (answer: () => Promise<Response>) =>
		vi.stubGlobal("fetch", (request: Request) => {
			keys.push(request.headers.get("Idempotency-Key"));
			return answer();
		});
	const refusal = JSON.stringify({ error: { code: "too_long", message: "no" } });
	const failed = (chat: string) => vi.waitFor(() => expect(sends(chat, "Halo"), `${chat} is on its way`).toBe(false));
	answers(() => Promise.reject(new TypeError("Failed to fetch")));
	write(client, "cut", { text: "Halo" });
	await failed("cut");
	answers(() => Promise.resolve(new Response(refusal, { status: 422 })));
	write(client, "refused", { text: "Halo" });
	await failed("refused");
	const message = { id: "m", chat_id: "cut", at: 1, from_me: true, content: { kind: "text" }, state: "queued" };
	answers(() => Promise.resolve(new Response(JSON.stringify(message), { status: 201 })));
	resume(client);
	await failed("cut");
	resume(client);
	await failed("cut");
	expect(keys, "one more try of what was cut off, under its own key").toEqual([keys[0], keys[1], keys[0]]);
	expect(keys[0]).not.toBe(keys[1]);
});
