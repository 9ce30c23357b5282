import { afterEach, expect, test, vi } from "vitest";
import { pictureOf } from "./picture";

afterEach(() => vi.unstubAllGlobals());

function answering(): string[] {
	const asked: string[] = [];
	vi.stubGlobal("fetch", async (request: Request) => {
		asked.push(decodeURIComponent(new URL(request.url).search));
		const items = [{ contact_id: "a", file_id: "f1" }];
		return new Response(JSON.stringify({ items }), { headers: { "Content-Type": "application/json" } });
	});
	return asked;
}

test("what a list asks in one moment is one question", async () => {
	const asked = answering();
	expect(await Promise.all([pictureOf("a"), pictureOf("b")])).toEqual(["f1", ""]);
	expect(asked).toEqual(["?ids=a,b"]);
	await pictureOf("c");
	expect(asked).toHaveLength(2);
});

test("a question names a hundred contacts at most", async () => {
	const asked = answering();
	await Promise.all(Array.from({ length: 150 }, (_, i) => pictureOf(`c${i}`)));
	expect(asked.map((one) => one.split(",").length)).toEqual([100, 50]);
});
