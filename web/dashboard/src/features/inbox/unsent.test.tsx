// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { meKey } from "@/app/me";
import { forgetOwn } from "@/lib/own";

beforeEach(() => {
	localStorage.clear();
	// No file goes up, and none is refused.
	vi.stubGlobal(
		"XMLHttpRequest",
		class {
			upload = {};
			open() {}
			setRequestHeader() {}
			send() {}
		},
	);
});
afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

/** A page that somebody has just opened in this browser. */
async function page(person: string, workspace = "toko") {
	vi.resetModules();
	const { takeUp, write, resume } = await import("./outgoing");
	const { Unsent } = await import("./outgoing-bubble");
	const client = new QueryClient();
	client.setQueryData(meKey, { person: { id: person }, workspace: { id: workspace } });
	const end = takeUp(client);
	const box = document.createElement("div");
	createRoot(box).render(
		<QueryClientProvider client={client}>
			<Unsent chat="c" />
			<hr />
		</QueryClientProvider>,
	);
	await vi.waitFor(() => expect(box.querySelector("hr"), "what is drawn").not.toBeNull());
	return {
		write: (text: string, file?: File) => write(client, "c", { text }, file),
		resume: () => resume(client),
		/** Waits until these texts, and no others, are in the rows, one in each. */
		shows: (...texts: string[]) =>
			vi.waitFor(() => {
				const rows = [...box.querySelectorAll("article")].map((row) => row.textContent ?? "");
				expect(rows).toEqual(texts.map((text) => expect.stringContaining(text)));
			}),
		end,
	};
}

/** The server, as it answers each message that is written. What it was asked is what it tells. */
function server(answer: (text: string) => Response | undefined) {
	const asked: string[] = [];
	vi.stubGlobal("fetch", async (request: Request) => {
		const { text } = (await request.json()) as { text: string };
		asked.push(`${text} ${request.headers.get("Idempotency-Key")}`);
		const said = answer(text);
		if (!said) throw new TypeError("Failed to fetch");
		return said;
	});
	return asked;
}

const away = () => undefined;
const taken = (text: string) => {
	const message = { id: text, chat_id: "c", at: 1, from_me: true, content: { kind: "text", text }, state: "queued" };
	return new Response(JSON.stringify(message), { status: 201 });
};
const refused = () =>
	new Response(JSON.stringify({ error: { code: "too_long", message: "Terlalu panjang" } }), { status: 422 });

it("is there after a reload, for who wrote it alone, and goes once under the key that it had", async () => {
	const before = server(away);
	const first = await page("ani");
	first.write("Halo");
	first.write("Apa kabar");
	first.write("Foto", new File(["x"], "foto.jpg"));
	await vi.waitFor(() => expect(before.length).toBe(2));
	await first.shows("Halo", "Apa kabar", "Foto");

	const others = server(taken);
	for (const [who, where] of [
		["budi", "toko"],
		["ani", "cabang"],
	] as const) {
		const other = await page(who, where);
		await other.shows();
		other.end();
	}
	expect(others, "what is sent for somebody else").toEqual([]);

	server(away);
	const second = await page("ani");
	await second.shows("Halo", "Apa kabar"); // a file is not kept
	const after = server(taken);
	second.resume();
	await second.shows();
	expect(after).toEqual(before);
	expect(localStorage.length, "what was taken is kept no longer").toBe(0);
});

it("waits for somebody when it was refused, or has waited for so long that the server forgot its key", async () => {
	server(refused);
	const first = await page("ani");
	first.write("Panjang");
	await first.shows("Terlalu panjang");
	server(away);
	first.write("Lama");
	await first.shows("Panjang", "Lama");
	vi.setSystemTime(Date.now() + 21 * 3_600_000);
	const asked = server(taken);
	const second = await page("ani");
	await second.shows("Terlalu panjang", "Lama");
	expect(asked, "what goes by itself").toEqual([]);
	vi.setSystemTime(Date.now() + 7 * 24 * 3_600_000);
	await (await page("ani")).shows();
	expect(localStorage.length, "what nobody waits for any more").toBe(0);
});

it("ends with a sign-out, on all pages of this browser", async () => {
	server(away);
	const budi = await page("budi");
	budi.write("Punya Budi");
	await budi.shows("Punya Budi");
	const ani = await page("ani");
	ani.write("Punya Ani");
	await ani.shows("Punya Ani");
	const [key] = Object.keys(localStorage).filter((one) => one.includes(".ani."));
	forgetOwn("ani");
	expect(Object.keys(localStorage).map((one) => one.split(".")[2])).toEqual(["budi"]);
	dispatchEvent(new StorageEvent("storage", { key, newValue: null }));
	await ani.shows(); // a page that was not told by itself
	budi.end();
	await budi.shows();
});
