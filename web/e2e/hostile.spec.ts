import type { Page } from "@playwright/test";
import { flatPNG } from "./picture";
import { customerSends, desk, examine, expect, type Look, onNetwork, phone, stickingOut, test } from "./rig";

// One after the other: they are about the same customers.
test.describe.configure({ mode: "serial" });

/** What would run, if anything of it were more than text; twenty-five characters are as long as a name may be. */
const script = "<script>alert(1)</script>";
const image = `<img src=x onerror="window.owned=1"><svg onload="window.owned=2">`;
const rtl = "\u202egpj.2026 atoN\u2066";

const base64 = (text: string) => Buffer.from(text).toString("base64");

const card = (name: string, numbers: number) => ({
	name,
	vcard: [
		"BEGIN:VCARD",
		`FN:${name}`,
		...Array.from({ length: numbers }, (_, i) => `TEL:+62812${1_000_000 + i}`),
		`TEL:${"9".repeat(500)}`,
		`URL:javascript:alert(1)`,
		"END:VCARD",
	].join("\n"),
});

const page = "<!doctype html><script>window.owned=3</script>";
const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="window.owned=4"><script>window.owned=5</script></svg>`;
const file = (type: string, mime: string, filename: string, data: string, caption = "") => ({
	media: { type, mime, filename, data, caption },
});

/** The last one, by which a page shows that all are there. */
const last = "sekian, terima kasih";

/** What a customer can send who means harm. */
function hostile(): object[] {
	return [
		{ text: `${image}${script}` },
		{
			text: "javascript:alert(1) data:text/html,<script>alert(1)</script> https://toko.example/\u202egpj.exe vbscript:x",
		},
		{ text: "x".repeat(65_000) },
		{ text: `${"kata ".repeat(13_000)}` },
		{ text: "😀".repeat(2_000) },
		{ text: `Z${"\u0334\u0328\u035a\u030d".repeat(150)}algo` },
		{ text: `${rtl} \u2067\u2067\u2067 ${"baris\n".repeat(500)}` },
		{ text: "*_~`".repeat(4_000) },
		{ text: "balasan", reply_to: "" },
		{
			text: "lihat https://toko.example/promo",
			link: {
				url: "https://toko.example/promo",
				title: `${image}${"J".repeat(9_000)}`,
				description: `${rtl}${"d".repeat(9_000)}`,
				thumbnail: base64("\xff\xd8\xff no JPEG".repeat(2_000)),
			},
		},
		file("image", "image/png", "", flatPNG(10_000), `seratus megapiksel ${image}`),
		file("image", "image/png", "", base64(svg), "SVG sebagai foto"),
		file("sticker", "image/webp", "", flatPNG(10_000)),
		file("document", "image/svg+xml", `${image}.svg`, base64(svg)),
		file("document", "text/html", `nota${rtl}lmth.html`, base64(page), script),
		file("document", `application/${"a".repeat(3_000)}`, `${"n".repeat(3_000)}.html`, base64(page)),
		file("video", "video/mp4", "", base64(page)),
		file("voice", "audio/ogg", "", base64(page)),
		{ contact: card(image, 1_000) },
		{ contacts: Array.from({ length: 90 }, (_, i) => card(`${script} ${i} ${"m".repeat(300)}`, 8)) },
		{
			poll: {
				question: `${script} ${"Pilih? ".repeat(2_000)}`,
				options: ["sama", "sama", "sama", script, script, rtl, "", "o".repeat(400), ...Array(40).fill("sama")],
			},
		},
		{
			location: {
				latitude: 1e300,
				longitude: -1e300,
				name: `${image}${"p".repeat(2_000)}`,
				address: script.repeat(80),
			},
		},
		{ location: { latitude: -6.9, longitude: 107.6, name: rtl, live: true } },
		{ text: last },
	];
}

let harmful = "";

test("a customer sends all that could do harm", async () => {
	test.setTimeout(300_000);
	({ number: harmful } = await onNetwork<{ number: string }>("", { name: script }));
	await onNetwork(`/${harmful}/profile`, { about: `${image}${rtl}`.slice(0, 139) });
	let first = "";
	for (const content of hostile()) {
		const id = await customerSends(harmful, "reply_to" in content ? { ...content, reply_to: first } : content);
		first ||= id;
	}
	await customerSends(harmful, { reaction: { to: first, emoji: script } });
	for (const name of [
		rtl,
		"\u200b\u200d\u200b",
		"\ufdfd\ufdfd\ufdfd\ufdfd\ufdfd\ufdfd\ufdfd\ufdfd",
		"\u0e01\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47\u0e47",
	]) {
		const { number } = await onNetwork<{ number: string }>("", { name });
		await customerSends(number, { text: `dari ${name} ${image}` });
	}
});

/** The longest time that the page was busy and heard nobody, in milliseconds. */
async function longestTask(page: Page): Promise<() => Promise<number>> {
	await page.evaluate(() => {
		const w = window as unknown as { longest: number };
		w.longest = 0;
		new PerformanceObserver((list) => {
			for (const entry of list.getEntries()) w.longest = Math.max(w.longest, entry.duration);
		}).observe({ type: "longtask" });
	});
	return () => page.evaluate(() => Math.round((window as unknown as { longest: number }).longest));
}

/** Nothing has run, nothing was made of text, and nothing sticks out. */
async function harmless(page: Page, where: string) {
	expect(
		await page.evaluate(() => (window as unknown as { owned?: number }).owned),
		`${where}: what ran`,
	).toBeUndefined();
	// The page's own script stands in the body itself.
	expect(await page.locator("img[src=x], body * script, svg[onload]").count(), `${where}: elements of text`).toBe(0);
	const links = await page
		.locator("a[href]")
		.evaluateAll((list) =>
			list.map((a) => (a as HTMLAnchorElement).protocol).filter((p) => !/^(https?|tel):$/.test(p)),
		);
	expect(links, `${where}: links that lead elsewhere`).toEqual([]);
	expect(await stickingOut(page), `${where}: what sticks out`).toEqual([]);
}

/** Looks at a thread from its end to its beginning. */
async function readThrough(page: Page, look: Look) {
	const thread = page.locator("#thread");
	let before = -1;
	for (let step = 0; step < 60; step++) {
		await expect(page.getByRole("status", { name: /dimuat|Loading/ })).toHaveCount(0);
		await harmless(page, `thread ${look.name}, step ${step}`);
		const at = await thread.evaluate((box) => {
			box.scrollBy(0, -box.clientHeight * 0.8);
			return box.scrollTop;
		});
		if (at === before) break;
		before = at;
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	}
	expect(before, "the beginning of the thread is reached").toBe(0);
}

for (const look of [phone, desk]) {
	test(`what means harm is shown, and does none, ${look.name}`, async ({ open }) => {
		test.setTimeout(300_000);
		const indonesian = look.language === "id";
		const page = await open("/inbox", look);
		const violations: string[] = [];
		await page.exposeFunction("violated", (what: string) => violations.push(what));
		await page.evaluate(() =>
			addEventListener("securitypolicyviolation", (e) =>
				(window as unknown as { violated: (what: string) => void }).violated(`${e.violatedDirective} ${e.blockedURI}`),
			),
		);
		const longest = await longestTask(page);
		const list = page.locator("#inbox-list");
		await expect(list.getByText(script).first()).toBeVisible(); // where it is a second try, there are two of them
		await harmless(page, "inbox");
		await examine(page, `hostile-inbox-${look.name}`);

		await list.getByText(script).first().click();
		const thread = page.locator("#thread");
		await expect(thread.getByText(last)).toBeVisible();
		await readThrough(page, look);
		await examine(page, `hostile-thread-${look.name}`);
		const huge = thread.locator("article", { hasText: "seratus megapiksel" });
		await thread.evaluate((box) => box.scrollTo(0, box.scrollHeight));
		await expect(async () => {
			await thread.evaluate((box) => box.scrollBy(0, -300));
			await expect(huge).toBeVisible({ timeout: 200 });
		}).toPass();
		await huge.scrollIntoViewIfNeeded();
		await expect(huge.getByText(indonesian ? /tidak bisa ditampilkan/ : /can't be shown/)).toBeVisible();
		// Far above what a busy machine takes, 1.5 s: what is looked for grows with the square of a text, and takes minutes.
		expect(await longest(), "the longest time that the page heard nobody, in ms").toBeLessThan(8_000);
		await page.locator("#composer").fill("masih bisa menulis");
		await expect(page.locator("#composer")).toHaveValue("masih bisa menulis");
		await page.locator("#composer").fill("");

		await page.getByRole("button", { name: script }).first().click();
		await expect(page.getByText(indonesian ? "Giliran menjawab" : "Who answers")).toBeVisible();
		await harmless(page, "details");
		await examine(page, `hostile-details-${look.name}`);

		await page.goto("/contacts");
		const row = page.locator("#contacts-list").getByRole("link", { name: script }).first();
		await expect(row).toBeVisible();
		await harmless(page, "contacts");
		await examine(page, `hostile-contacts-${look.name}`);
		await row.click();
		await expect(page.getByRole("dialog").getByText(script).first()).toBeVisible();
		await harmless(page, "contact");
		await examine(page, `hostile-contact-${look.name}`);

		for (const path of ["/", "/phones"]) {
			await page.goto(path);
			await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
			await expect(page.getByRole("status", { name: /dimuat|Loading/ })).toHaveCount(0);
			await harmless(page, path);
		}
		expect(violations, "what the page's policy refused").toEqual([]);
	});
}

test("a file of a customer is a download, whatever it is called", async ({ open }) => {
	const browser = await open("/inbox", desk);
	const list = (await (await browser.request.get(`/api/v1/chats?search=${encodeURIComponent(script)}`)).json()) as {
		items: { id: string }[];
	};
	const chat = list.items[0]?.id ?? "";
	const { items } = (await (await browser.request.get(`/api/v1/chats/${chat}/messages?limit=50`)).json()) as {
		items: { id: string; content: { kind: string; media?: { filename?: string } } }[];
	};
	const documents = items.filter((m) => m.content.kind === "document");
	expect(documents.length).toBe(3);
	for (const one of documents) {
		expect(one.content.media?.filename, "nothing turns a name around").not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
		const got = await browser.request.get(`/api/v1/messages/${one.id}/media`);
		expect(got.headers()["content-type"]).toBe("application/octet-stream");
		expect(got.headers()["content-disposition"]).toMatch(/^attachment/);
		expect(got.headers()["content-security-policy"]).toContain("sandbox");
	}
});
