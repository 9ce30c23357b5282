import type { Page } from "@playwright/test";
import { desk, expect, freshURL, type Look, looks, phone, test } from "./rig";

/** Keeps the page's scripts back. The answer lets them through. */
async function withoutScripts(page: Page): Promise<() => void> {
	let go = () => {};
	const gate = new Promise<void>((resolve) => {
		go = resolve;
	});
	await page.route("**/assets/*.js", async (route) => {
		await gate;
		await route.continue();
	});
	return go;
}

/** The part of #first that is seen, or nothing. */
const seen = (page: Page) =>
	page.evaluate(() => [...document.querySelectorAll("#first > *")].find((e) => e.checkVisibility())?.classList[0]);

for (const look of looks) {
	test(`the places are seen before the scripts are there, ${look.name}`, async ({ openOut, open }) => {
		for (const [path, part, whole] of [
			["/login", "door", (page: Page) => page.locator("input[type=password]")],
			["/inbox", "frame", (page: Page) => page.locator("#inbox-list li").first()],
		] as const) {
			const page = await (part === "door" ? openOut : open)("about:blank", look);
			const go = await withoutScripts(page);
			await page.goto(path, { waitUntil: "commit" });
			await expect.poll(() => seen(page), `what is seen of ${path} at first`).toBe(part);
			const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
			expect(ground, "the ground in this look").toBe(look.scheme === "dark" ? "rgb(19, 20, 27)" : "rgb(247, 244, 238)");
			await page.screenshot({ path: `e2e/out/shots/first-${part}-${look.name}.png` });
			go();
			await expect(whole(page)).toBeVisible();
			expect(await seen(page), `what is left of that in ${path}`).toBeUndefined();
		}
	});
}

/** What is asked of the API until the page is at rest: its status and the address. */
async function asked(page: Page, path: string): Promise<string[]> {
	const all: string[] = [];
	page.on("response", (answer) => {
		const { pathname, search } = new URL(answer.url());
		if (pathname.startsWith("/api/v1/")) all.push(`${answer.status()} ${pathname.slice(7)}${search}`);
	});
	await page.goto(path);
	await page.waitForLoadState("networkidle");
	return all;
}

test("what is asked before the scripts are there is not asked again", async ({ open }) => {
	const all = await asked(await open("about:blank", phone), "/inbox");
	for (const what of [
		"/session",
		"/setup",
		"/events?limit=1",
		"/chats?status=open&archived=none&limit=50",
		"/chats/counts",
	])
		expect(all.filter((one) => one === `200 ${what}`).length, `how often ${what} is asked: ${all}`).toBe(1);
});

for (const [name, path, look, url] of [
	["the sign-in", "/login", desk, undefined],
	["a page of somebody else", "/inbox", phone, undefined],
	["the first run", "/", phone, freshURL],
] as [string, string, Look, string | undefined][]) {
	test(`nobody is refused who only looks at ${name}`, async ({ openOut }) => {
		const all = await asked(await openOut("about:blank", look, url), path);
		expect(all.filter((one) => one.endsWith(" /session"))).toEqual(["200 /session"]);
		expect(all.filter((one) => !one.startsWith("200"))).toEqual([]);
	});
}
