import { beforeEach, expect, it, vi } from "vitest";
import { Fault } from "@/lib/api/fault";
import { aGroup, stranger, tryOut } from "./try";

const sent: { url: string; body: unknown }[] = [];
let answer: () => Promise<Response>;

beforeEach(() => {
	sent.length = 0;
	vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
		sent.push({ url, body: JSON.parse(String(init.body)) });
		return answer();
	});
});

const json = (status: number, body: unknown) => () => Promise.resolve(new Response(JSON.stringify(body), { status }));

it("answers with the messages, and with what a file is called", async () => {
	answer = json(200, {
		reply: true,
		message: { text: "a" },
		messages: [{ text: "a" }, { text: "", type: "image", mime: "image/png", filename: "kue.png" }],
	});
	expect(await tryOut("d1", { from: "62812" }, "menu")).toEqual([
		{ text: "a", file: undefined },
		{ text: "", file: "kue.png" },
	]);
	expect(sent[0]?.url).toBe("/api-app/whatsapp/callback/device_d1");
	expect(sent[0]?.body).toMatchObject({ from: "62812", message: "menu", type: "single" });
});

it("answers with nothing where no rule does", async () => {
	answer = json(200, { reply: false, message: null });
	expect(await tryOut("d1", aGroup, "menu")).toEqual([]);
	expect(sent[0]?.body).toMatchObject({ type: "group" });
});

it("throws what the server says, or that it can't be reached", async () => {
	answer = json(401, { message: "Kunci API salah.", code: "key_wrong" });
	await expect(tryOut("d1", aGroup, "x")).rejects.toMatchObject({
		status: 401,
		code: "key_wrong",
		text: "Kunci API salah.",
	});
	answer = () => Promise.reject(new TypeError("failed"));
	await expect(tryOut("d1", aGroup, "x")).rejects.toBeInstanceOf(Fault);
	answer = () => Promise.resolve(new Response("<html>", { status: 502 }));
	await expect(tryOut("d1", aGroup, "x")).rejects.toMatchObject({ status: 502, code: "strange" });
});

it("strangers have numbers", () => {
	expect(stranger(() => 0).from).toBe("6280000000000");
	expect(stranger(() => 0.99999999).from).toMatch(/^62800\d{8}$/);
});
