import type { Page } from "@playwright/test";
import { demo, desk, examine, expect, type Look, looks, phone, test } from "./rig";
import { start } from "./server";

const say = (look: Look, id: string, en: string) => (look.language === "id" ? id : en);

/** A phone on the screen. */
const of = (page: Page, name: string) => page.getByRole("region", { name: new RegExp(name) });

/** What a newcomer may take from the first page to the answered message, in milliseconds. */
const threeMinutes = 180_000;

async function setUp(page: Page, look: Look) {
	await page.getByLabel(say(look, "Nama toko", "Name of the shop")).fill("Kue Lapis");
	await page.getByLabel(say(look, "Namamu", "Your name")).fill("Ani");
	await page.getByLabel("E-mail").fill("ani@toko.example");
	await page.locator("input[type=password]").fill("kue lapis enak sekali");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("heading", { level: 1 })).toContainText("Ani");
}

/** Goes to a page as one does on that screen: by the rail, or by the bar at the bottom. */
async function goTo(page: Page, look: Look, name: string) {
	const named = new RegExp(`^${name}( \\d+)?$`); // with what is unread
	if (look.width > 700) return page.getByRole("navigation").getByRole("link", { name: named }).first().click();
	await page.getByRole("link", { name: named }).click();
}

for (const look of [looks[0], looks[2]] as Look[]) {
	test(`a newcomer gets from nothing to an answered customer, ${look.name}`, async ({ openOut }) => {
		const server = await start(`newcomer-${look.name}`, ["--network", demo.network_url]);
		try {
			test.slow();
			let looking = 0;
			const seen = async (name: string) => {
				const from = Date.now();
				await examine(page, `newcomer-${name}-${look.name}`);
				looking += Date.now() - from;
			};
			const began = Date.now();
			const page = await openOut("/", look, server.url);
			await setUp(page, look);
			await seen("home");
			// The checklist leads the way.
			await page.getByRole("link", { name: say(look, "Tautkan nomor", "Link your") }).click();
			await page.getByRole("button", { name: say(look, "Tambah nomor", "Add a number") }).click();
			await page.getByLabel(say(look, "Nama", "Name")).fill("Nomor toko");
			await page.keyboard.press("Enter");
			const scan = page.getByRole("button", {
				name: say(look, "Pindai dengan HP simulasi", "Scan with a simulated phone"),
			});
			await expect(scan).toBeVisible();
			await seen("link");
			await scan.click();
			await expect(page.getByRole("heading", { name: say(look, "sudah tertaut", "is linked") })).toBeVisible();
			await seen("linked");
			await page.getByRole("link", { name: say(look, "Tulis sebagai pelanggan", "Write as a customer") }).click();
			await page.getByRole("button", { name: say(look, "Pelanggan baru", "A new customer") }).click();
			await expect(page).toHaveURL(/\/phones\/\d+$/);
			const shown = page
				.getByRole("region")
				.filter({ has: page.getByText(say(look, "Tulis pesan pertama", "Write the first message")) });
			await expect(shown.first()).toBeVisible();
			await seen("phone");
			const question = say(look, "Kak, masih buka?", "Are you still open?");
			await shown.first().getByRole("textbox").fill(question);
			await page.keyboard.press("Enter");
			const asked = page.getByRole("article").filter({ hasText: question });
			await expect(asked.locator("[data-tick=delivered], [data-tick=read]")).toBeVisible();
			const customer = page.url();
			await goTo(page, look, say(look, "Kotak masuk", "Inbox"));
			await page.locator("#inbox-list").getByText(question).first().click();
			const answer = say(look, "Masih kak, silakan", "Yes, we are");
			await page.locator("#composer").fill(answer);
			await page.keyboard.press("Enter");
			await expect(
				page.locator("#thread article").last().locator("[data-state=delivered], [data-state=read]"),
			).toBeVisible();
			await page.goto(customer);
			await expect(page.getByRole("article").filter({ hasText: answer })).toBeVisible();
			await expect(
				page.getByRole("article").filter({ hasText: question }).locator("[data-tick=read]"),
				"it was read",
			).toBeVisible();
			const took = Date.now() - began - looking;
			await seen("answered");
			expect(took, "milliseconds from the first page to the answer on the customer's phone").toBeLessThan(threeMinutes);
			await page.close(); // a page that waits for news complains of a server that ends
		} finally {
			await server.stop();
		}
	});
}

for (const look of looks) {
	test(`phones, ${look.name}`, async ({ open }) => {
		const page = await open("/phones", look);
		await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
		const rina = demo.phones[4] as { number: string; name: string };
		await page.getByRole("navigation").getByRole("link", { name: rina.name }).click();
		await expect(of(page, rina.name)).toBeVisible();
		if (look.width < 700)
			await expect(
				page.getByRole("navigation", { name: "Semua HP" }).or(page.getByRole("navigation", { name: "All phones" })),
				"one thing at a time",
			).toBeHidden();
		await of(page, rina.name)
			.getByRole("button", { name: say(look, "Ke daftar chat", "To the list of chats") })
			.click();
		await expect(of(page, rina.name).getByText("Reseller Toko Demo")).toBeVisible();
		await examine(page, `phones-${look.name}`);
	});
}

test("a phone shows what a message becomes, and what the shop makes of it", async ({ open }) => {
	const joko = demo.phones[5] as { number: string; name: string };
	const page = await open(`/phones/${joko.number}`, desk);
	const view = of(page, joko.name);
	await expect(view.getByRole("textbox")).toBeVisible();
	for (const name of ["A sample place", "A sample poll", "A sample contact"]) {
		await view.getByRole("button", { name: "Attach" }).click();
		await page.getByRole("menuitem", { name }).click();
	}
	await expect(view.getByText("Alun-Alun Bandung", { exact: true })).toBeVisible();
	await expect(view.getByText("Bu Ratna").last()).toBeVisible();
	await view.getByRole("button", { name: /Noon/ }).click();
	await expect(view.getByRole("button", { name: /Noon/ })).toHaveAttribute("aria-pressed", "true");
	await view
		.locator("input[type=file]")
		.first()
		.setInputFiles({ name: "harga.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4 harga") });
	await expect(view.getByText("harga.pdf")).toBeVisible();
	const text = `Pesan lima kotak ${Date.now()}`;
	await view.getByRole("textbox").fill(text);
	await page.keyboard.press("Enter");
	const bubble = view.getByRole("article").filter({ hasText: text }).first(); // a rule's answer may repeat it
	await expect(bubble.locator("[data-tick=delivered], [data-tick=read]")).toBeVisible();
	await bubble.getByRole("button", { name: "Message actions" }).click();
	await examine(page, "phones-message-menu");
	await page.getByRole("button", { name: "Edit" }).click();
	await view.getByRole("textbox").fill(`${text} ya`);
	await page.keyboard.press("Enter");
	await expect(
		view
			.getByRole("article")
			.filter({ hasText: `${text} ya` })
			.first()
			.getByText("edited"),
	).toBeVisible();
	await view
		.getByRole("article")
		.filter({ hasText: text })
		.first()
		.getByRole("button", { name: "Message actions" })
		.click();
	await page.getByRole("button", { name: "React with 👍" }).click();
	await expect(view.getByText("Reactions: 👍")).toBeAttached();
	// The shop sees all of that, types, answers, and takes it back.
	const shop = await open("/inbox", desk);
	await shop.locator("#inbox-list").getByText(joko.name).first().click();
	await expect(shop.locator("#thread").getByText(`${text} ya`)).toBeVisible();
	await shop.locator("#composer").pressSequentially("Siap kak");
	await expect(view.locator("[data-typing]"), "typing is shown").toBeVisible();
	await shop.keyboard.press("Enter");
	await expect(view.getByRole("article").filter({ hasText: "Siap kak" })).toBeVisible();
	await expect(view.locator("[data-typing]")).toBeHidden();
	await examine(page, "phones-everything");
	await view
		.getByRole("article")
		.filter({ hasText: text })
		.first()
		.getByRole("button", { name: "Message actions" })
		.click();
	await page.getByRole("button", { name: "Delete for everyone" }).click();
	await expect(view.getByText("You deleted this message")).toBeVisible();
});

test("several phones are beside each other, and the shop's own too", async ({ open }) => {
	const page = await open("/phones", desk);
	const [sari, budi] = demo.phones as [{ name: string; number: string }, { name: string; number: string }];
	for (const one of [sari, budi]) await page.getByRole("navigation").getByRole("link", { name: one.name }).click();
	await expect(of(page, sari.name)).toBeVisible();
	await expect(of(page, budi.name)).toBeVisible();
	await examine(page, "phones-two");
	await of(page, sari.name)
		.getByRole("button", { name: /^Close/ })
		.click();
	await expect(of(page, sari.name)).toHaveCount(0);
	await page.getByRole("navigation").getByRole("link", { name: "Toko Demo" }).first().click();
	await expect(of(page, "Toko Demo").getByRole("heading", { name: "Chats" })).toBeVisible();
	await examine(page, "phones-shop");
});

test("a code is typed on a simulated phone by a click", async ({ open }) => {
	const page = await open("/devices", phone);
	const made = await page.request.post("/api/v1/devices", { data: { channel: "whatsapp", name: "Gudang Kode" } });
	const { id } = (await made.json()) as { id: string };
	await page.goto(`/devices/${id}`);
	await page.getByRole("tab", { name: "Tanpa kamera" }).click();
	await page.getByRole("button", { name: "Ketik kodenya di HP simulasi" }).click();
	await expect(page.getByRole("heading", { name: "Gudang Kode sudah tertaut!" })).toBeVisible();
	await page.request.delete(`/api/v1/devices/${id}`);
});

test("a phone that is not there says so", async ({ open }) => {
	const page = await open("/phones/6281", desk);
	await expect(page.getByRole("heading", { name: "The simulated network has no such phone" })).toBeVisible();
	await examine(page, "phones-gone");
});
