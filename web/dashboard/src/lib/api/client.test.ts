import { beforeEach, describe, expect, it, vi } from "vitest";
import { setLanguage } from "@/lib/words";
import { api, ask, newKey } from "./client";
import { Fault } from "./fault";

const sent: Request[] = [];
let reply: () => Promise<Response>;

beforeEach(() => {
	sent.length = 0;

	vi.stubGlobal("fetch", (request: Request) => {
		sent.push(request);
		return reply();
	});
});

const json = (status: number, body: unknown) => () =>
	Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }));

async function caught(call: Promise<unknown>): Promise<Fault> {
	const error: unknown = await call.then(
		() => undefined,
		(e: unknown) => e,
	);
	if (!(error instanceof Fault)) throw new Error(`got ${String(error)}, want a Fault`);
	return error;
}

describe("asking", () => {
	it("answers with the data, in the screen's language", async () => {
		setLanguage("en");
		reply = json(200, { items: [] });
		expect(await ask(api.GET("/devices"))).toEqual({ items: [] });
		expect(sent[0]?.headers.get("Accept-Language")).toBe("en");
		expect(sent[0]?.url).toMatch(/\/api\/v1\/devices$/);
	});

	it("throws the server's fault", async () => {
		reply = json(422, {
			error: { code: "field_missing", message: "Name is missing.", field: "name", retry_after: 3, request_id: "r1" },
		});
		const fault = await caught(ask(api.GET("/devices")));
		expect(fault).toMatchObject({
			status: 422,
			code: "field_missing",
			text: "Name is missing.",
			field: "name",
			retryAfter: 3,
			requestId: "r1",
		});
		expect(fault.passing).toBe(false);
	});

	it("throws a fault of its own where there is no answer, or none of ours", async () => {
		setLanguage("id");
		reply = () => Promise.reject(new TypeError("failed"));
		expect(await caught(ask(api.GET("/devices")))).toMatchObject({ status: 0, code: "unreachable", passing: true });
		reply = () => Promise.resolve(new Response("<html>bad gateway</html>", { status: 502 }));
		const fault = await caught(ask(api.GET("/devices")));
		expect(fault).toMatchObject({ status: 502, code: "strange" });
		expect(fault.text).toContain("502");
	});
});

it("keys are new each time", () => {
	const keys = new Set(Array.from({ length: 100 }, newKey));
	expect(keys.size).toBe(100);
	for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});
