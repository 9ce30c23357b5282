// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Found, useFoundChats } from "./found-chats";
import { type Identity, MeContext } from "./me";

beforeEach(() => {
	(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

/** What is typed into the palette by somebody with these rights. */
function typing(can: string[]) {
	const asked: { search: string | null; signal: AbortSignal; answer: (names: string[]) => void }[] = [];
	vi.stubGlobal(
		"fetch",
		({ url, signal }: Request) =>
			new Promise<Response>((done) => {
				const answer = (names: string[]) => {
					const items = names.map((name, i) => ({ id: String(i), contact: { name } }));
					done(new Response(JSON.stringify({ items, labels: [] })));
				};
				asked.push({ search: new URL(url).searchParams.get("search"), signal, answer });
			}),
	);
	const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
	const root = createRoot(document.createElement("div"));
	let found: Found | undefined;
	function Probe({ text }: { text: string }) {
		found = useFoundChats(text);
		return null;
	}
	const type = (text: string) =>
		act(() =>
			root.render(
				<QueryClientProvider client={client}>
					<MeContext value={{ can } as unknown as Identity}>
						<Probe text={text} />
					</MeContext>
				</QueryClientProvider>,
			),
		);
	const rest = (wait: number) => act(() => vi.advanceTimersByTimeAsync(wait));
	return {
		asked,
		type,
		rest,
		names: () => found?.chats.map((chat) => chat.contact.name),
		looking: () => found?.looking,
	};
}

it("asks once when the typing rests, and takes back what is no longer asked", async () => {
	const { asked, type, rest, names, looking } = typing(["chats.read"]);
	await type("");
	await rest(500);
	expect(asked).toHaveLength(0);
	for (const text of ["s", "sa", "sar"]) {
		await type(text);
		await rest(150);
	}
	expect([asked.length, looking()], "while it is typed").toEqual([0, true]);
	await rest(200);
	expect(asked.map((one) => one.search)).toEqual(["sar"]);
	await type("sari");
	await rest(200);
	expect(asked.map((one) => one.search)).toEqual(["sar", "sari"]);
	expect(asked[0]?.signal.aborted, "the question before").toBe(true);
	asked[1]?.answer(["Sari", "Sarinah"]);
	await rest(0);
	expect([names(), looking()]).toEqual([["Sari", "Sarinah"], false]);
	await type("sarin");
	expect(names(), "of those that were found, the ones that still fit").toEqual(["Sarinah"]);
	await type("");
	expect(names()).toEqual([]);
});

it("finds nothing for who may read no chats", async () => {
	const { asked, type, rest, looking } = typing([]);
	await type("sari");
	await rest(500);
	expect([asked.length, looking()]).toEqual([0, false]);
});
