import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import type { Demo } from "./server";

export { expect } from "@playwright/test";

type Violation = Awaited<ReturnType<AxeBuilder["analyze"]>>["violations"][number];

export const demo: Demo = JSON.parse(process.env.PING_E2E_DEMO ?? "{}");

/** An installation that nobody has set up. Only one test may. */
export const freshURL = process.env.PING_E2E_FRESH ?? "";

/** A screen to try something on. */
export interface Look {
	name: string;
	width: number;
	height: number;
	language: "id" | "en";
	scheme: "light" | "dark";
}

/** Each page is looked at on a phone and on a desk, in both languages, light and dark. */
export const looks: Look[] = [
	{ name: "360-id-light", width: 360, height: 740, language: "id", scheme: "light" },
	{ name: "360-en-dark", width: 360, height: 740, language: "en", scheme: "dark" },
	{ name: "1440-en-light", width: 1440, height: 900, language: "en", scheme: "light" },
	{ name: "1440-id-dark", width: 1440, height: 900, language: "id", scheme: "dark" },
];

export const desk = looks[2] as Look;
export const phone = looks[0] as Look;

/** Refusals and cut connections that a test provokes are told by the browser too; they are no fault of the page. */
const provoked = /status of 4\d\d|ERR_INTERNET_DISCONNECTED|HTTP Authentication failed/;

/** What the browser complained of, or asked from somewhere else. */
class Watch {
	readonly complaints: string[] = [];

	follow(context: BrowserContext, origins: string[]) {
		context.on("page", (page) => this.page(page, origins));
	}

	private page(page: Page, origins: string[]) {
		page.on("console", (message) => {
			if (message.type() === "error" && !provoked.test(message.text()))
				this.complaints.push(`console: ${message.text()} ${message.location().url}`);
		});
		page.on("dialog", (dialog) => {
			if (dialog.type() !== "beforeunload") this.complaints.push(`dialog: ${dialog.message()}`);
		});
		page.on("pageerror", (error) => this.complaints.push(`error: ${error.message}`));
		page.on("request", (request) => {
			const url = new URL(request.url());
			if (/^(https?|wss?):$/.test(url.protocol) && !origins.includes(url.host))
				this.complaints.push(`request to ${url.host}`);
		});
	}
}

interface Fixtures {
	/** Opens a page of the demo, signed in as its owner, as a look has it. */
	open: (path: string, look?: Look) => Promise<Page>;
	/** Opens a page without signing in, of the demo or of another server. */
	openOut: (path: string, look?: Look, url?: string) => Promise<Page>;
}

/** A test in which any error on the console, and any request to somewhere else, is a failure. */
export const test = base.extend<Fixtures & { watch: Watch }>({
	// biome-ignore lint/correctness/noEmptyPattern: that is how Playwright wants it
	watch: async ({}, use) => {
		const watch = new Watch();
		await use(watch);
		expect(watch.complaints, "what the browser complained of").toEqual([]);
	},
	openOut: async ({ browser, watch }, use) => {
		const contexts: BrowserContext[] = [];
		await use(async (path, look = desk, url = demo.url) => {
			const context = await contextOf(browser, look, url);
			contexts.push(context);
			watch.follow(context, [new URL(url).host]);
			return visit(context, path);
		});
		for (const context of contexts) await context.close();
	},
	open: async ({ browser, watch }, use) => {
		const contexts: BrowserContext[] = [];
		await use(async (path, look = desk) => {
			const context = await contextOf(browser, look, demo.url);
			contexts.push(context);
			watch.follow(context, [new URL(demo.url).host]);
			await context.addCookies([{ name: "ping_session", value: process.env.PING_E2E_SESSION ?? "", url: demo.url }]);
			return visit(context, path);
		});
		for (const context of contexts) await context.close();
	},
});

function contextOf(browser: Browser, look: Look, baseURL: string): Promise<BrowserContext> {
	return browser.newContext({
		viewport: { width: look.width, height: look.height },
		locale: look.language === "id" ? "id-ID" : "en-GB",
		colorScheme: look.scheme,
		hasTouch: look.width < 700,
		baseURL,
	});
}

async function visit(context: BrowserContext, path: string): Promise<Page> {
	const page = await context.newPage();
	await page.goto(path);
	return page;
}

const shots = fileURLToPath(new URL("out/shots", import.meta.url));

/** Keeps a picture of the page, finds what axe finds wrong, and anything that is wider than the screen, or lies below a page that scrolls by itself. */
export async function examine(page: Page, name: string): Promise<void> {
	// What a button has opened may still be coming.
	if ((await page.locator("[aria-haspopup][aria-expanded=true]").count()) > 0)
		await page.locator("[role=menu], [role=dialog], [role=listbox]").first().waitFor();
	await page.evaluate(() =>
		Promise.all(document.getAnimations().map((a) => (a.effect?.getTiming().iterations === 1 ? a.finished : undefined))),
	);
	mkdirSync(shots, { recursive: true });
	await page.screenshot({ path: `${shots}/${name}.png` });
	// What floats, a menu or a tooltip, is outside of the page's landmarks, and has the focus: it need not be found by them. (axe cuts long names.)
	const floats = (v: Violation) =>
		v.id === "region" && v.nodes.every((n) => n.html.startsWith("<div data-radix-popper-co"));
	const violations = (await new AxeBuilder({ page }).analyze()).violations.filter((v) => !floats(v));
	const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html.slice(0, 200)).join("\n  ")}`);
	expect(found, `axe on ${name}`).toEqual([]);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	expect(wide, `pixels by which ${name} is wider than the screen`).toBe(0);
	// Inside, panes scroll and not the document: what is out of its pane's sight makes an empty room to get lost in.
	const below = await page.evaluate(() =>
		document.getElementById("content") ? document.documentElement.scrollHeight - innerHeight : 0,
	);
	expect(below, `empty pixels below ${name}`).toBe(0);
}

/** What can be seen of the page and sticks out of the screen, or of its own box, to the side. */
export function stickingOut(page: Page): Promise<string[]> {
	return page.evaluate(async () => {
		// What slides in is beside the page until it is there; what turns for ever is not waited for.
		const ending = document.getAnimations().filter((a) => Number.isFinite(a.effect?.getComputedTiming().endTime));
		await Promise.allSettled(ending.map((a) => a.finished));
		const wide = document.documentElement.clientWidth;
		const clips = (e: Element | null): boolean =>
			e !== null && (getComputedStyle(e).overflowX !== "visible" || clips(e.parentElement));
		const found: string[] = [];
		for (const e of document.querySelectorAll<HTMLElement>("body *")) {
			const { left, right, width, height } = e.getBoundingClientRect();
			if (width < 2 || height < 2 || !e.checkVisibility() || e.closest("svg, textarea, select, input")) continue;
			const style = getComputedStyle(e);
			const off = (right > wide + 1 || left < -1) && !clips(e.parentElement);
			const spills =
				style.overflowX === "visible" &&
				!style.display.startsWith("inline") &&
				e.scrollWidth > e.clientWidth + 1 &&
				[...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent?.trim());
			if (off || spills) found.push(`${Math.round(left)}–${Math.round(right)} ${e.outerHTML.slice(0, 200)}`);
		}
		return found;
	});
}

/** Asks the simulated network's control interface, as a phone's owner would act. */
export async function onNetwork<T>(path: string, body: unknown): Promise<T> {
	const headers = { "Content-Type": "application/json" };
	const answer = await fetch(`${demo.network_url}/v1/phones${path}`, {
		method: "POST",
		headers,
		body: JSON.stringify(body),
	});
	const text = await answer.text();
	expect(answer.ok, `${path} of the network: ${answer.status} ${text.slice(0, 300)}`).toBe(true);
	return JSON.parse(text) as T;
}

/** Has a simulated customer send something to the demo's number, as the network's control interface names it. */
export async function customerSends(from: string, content: object): Promise<string> {
	const { id } = await onNetwork<{ id: string }>(`/${from}/messages`, { to: demo.devices[0]?.number, ...content });
	return id;
}

/** Has a simulated customer write to the demo's number. */
export async function customerWrites(from: string, text: string): Promise<void> {
	await customerSends(from, { text });
}
