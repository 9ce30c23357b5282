import type { APIRequestContext, Page } from "@playwright/test";
import { flatPNG } from "./picture";
import { customerWrites, demo, desk, examine, expect, type Look, looks, onNetwork, phone, test } from "./rig";

const say = (look: Look, id: string, en: string) => (look.language === "id" ? id : en);

/** Makes a device by its API, so that a test begins where it has something to try. */
async function make(request: APIRequestContext, name: string): Promise<string> {
	const answer = await request.post("/api/v1/devices", { data: { channel: "whatsapp", name } });
	return ((await answer.json()) as { id: string }).id;
}

/** The code that the page shows, as the phone's camera or its owner would read it. */
async function shownCode(page: Page): Promise<string> {
	const id = page.url().split("/").pop();
	const answer = await page.request.get(`/api/v1/devices/${id}/link`);
	return ((await answer.json()) as { code: string }).code;
}

async function removeOpen(page: Page, look: Look, name: string) {
	const verb = say(look, "Hapus perangkat", "Delete the device");
	await page.getByRole("button", { name: verb }).click();
	const dialog = page.getByRole("dialog");
	await expect(dialog.getByRole("button", { name: verb })).toBeDisabled();
	await dialog.getByRole("textbox").fill(name);
	await examine(page, `device-delete-${look.name}`);
	await dialog.getByRole("button", { name: verb }).click();
	await expect(page).toHaveURL(/\/devices$/);
	await expect(page.getByRole("listitem").getByText(name)).toHaveCount(0);
}

for (const look of looks) {
	test(`a device's page, ${look.name}`, async ({ open }) => {
		const page = await open("/devices", look);
		const row = page.getByRole("main").getByRole("link", { name: /\+62/ }).first();
		await expect(row).toContainText(say(look, "Tersambung", "Connected"));
		await examine(page, `devices-${look.name}`);
		await row.click();
		await expect(page.getByRole("heading", { name: say(look, "Tersambung", "Connected") })).toBeVisible();
		await examine(page, `device-${look.name}`);
		await page.getByRole("tab", { name: say(look, "Pengaturan", "Settings") }).click();
		await expect(page.getByRole("switch").first()).toBeVisible();
		await examine(page, `device-settings-${look.name}`);
		await page.getByRole("tab", { name: "Webhook" }).click();
		await expect(page.getByText(say(look, "Belum ada kiriman", "No deliveries yet"))).toBeVisible();
		await examine(page, `device-webhook-${look.name}`);
	});
}

for (const look of looks) {
	test(`status updates, ${look.name}`, async ({ open }) => {
		const sari = demo.phones[0] as (typeof demo.phones)[number];
		const shop = demo.devices[0] as (typeof demo.devices)[number];
		await customerWrites(sari.number, `Sudah buka? ${look.name}`); // who never wrote is shown nothing, and sees nothing
		const posts = (content: object) =>
			onNetwork<{ id: string }>(`/${sari.number}/messages`, { to: "status@broadcast", ...content });
		await posts({ text: `Liburan ke pantai ${look.name}` });
		await posts({ media: { type: "image", mime: "image/png", data: flatPNG(10_000), caption: `Besar ${look.name}` } });
		await posts({ media: { type: "image", mime: "image/png", data: flatPNG(240), caption: `Pantai ${look.name}` } });
		const page = await open(`/devices/${shop.id}`, look);
		await page.getByRole("tab", { name: "Status" }).click();
		const list = page.getByRole("region", {
			name: say(look, "Status 24 jam terakhir", "Statuses of the last 24 hours"),
		});
		await expect(list.getByRole("heading", { name: sari.name })).toBeVisible();
		await expect(list.getByText(`Liburan ke pantai ${look.name}`)).toBeVisible();
		const shown = list.getByRole("img", { name: `Pantai ${look.name}` });
		await shown.scrollIntoViewIfNeeded();
		await expect
			.poll(() => shown.evaluate((img: HTMLImageElement) => img.naturalWidth), { message: "the picture is drawn" })
			.toBeGreaterThan(0);
		const huge = list.getByRole("listitem").filter({ hasText: `Besar ${look.name}` });
		await huge.scrollIntoViewIfNeeded();
		await expect(
			huge.getByText(say(look, "Berkasnya tidak bisa ditampilkan.", "The file can't be shown.")),
			"what would take the browser's memory is not drawn",
		).toBeVisible();
		await examine(page, `device-status-${look.name}`);

		const ours = `Buka sampai jam 9 ${look.name}`;
		await page.getByLabel(say(look, "Teks", "Text"), { exact: true }).fill(ours);
		await page.getByRole("button", { name: say(look, "Pasang", "Post"), exact: true }).click();
		const line = list.getByRole("listitem").filter({ hasText: ours });
		await expect(line).toBeVisible();
		const verb = say(look, "Hapus status", "Delete the status");
		await line.getByRole("button", { name: verb }).click();
		await page.getByRole("dialog").getByRole("button", { name: verb }).click();
		await expect(line).toHaveCount(0);
	});
}

test("an account's privacy is WhatsApp's, and is changed there", async ({ open }) => {
	const path = `/devices/${demo.devices[0]?.id}`;
	const page = await open(path, phone);
	await page.getByRole("tab", { name: "Pengaturan" }).click();
	await page.getByLabel("Siapa yang bisa memasukkanmu ke grup").selectOption({ label: "Kontak di HP" });
	await expect(page.getByText("Disimpan.").first()).toBeVisible();
	await page.getByLabel("Laporan dibaca").scrollIntoViewIfNeeded();
	await examine(page, "device-privacy-360");
	await page.reload();
	await page.getByRole("tab", { name: "Pengaturan" }).click();
	await expect(page.getByLabel("Siapa yang bisa memasukkanmu ke grup")).toHaveValue("contacts");
	await page.getByLabel("Siapa yang bisa memasukkanmu ke grup").selectOption({ label: "Semua orang" });
	await expect(page.getByText("Disimpan.").first()).toBeVisible();
});

test("a number is added, linked by its QR code, and leads to the inbox", async ({ open }) => {
	const page = await open("/devices", phone);
	await page.getByRole("button", { name: "Tambah nomor" }).click();
	await page.getByLabel("Nama").fill("Cabang Dago");
	await examine(page, "device-add-360");
	await page.keyboard.press("Enter");
	await page.getByRole("button", { name: "Tampilkan kode QR" }).click();
	await expect(page.getByRole("img", { name: "Kode QR" })).toBeVisible();
	await expect(page.getByText("Kode baru dalam")).toBeVisible();
	await examine(page, "device-qr-360");
	const { number } = await onNetwork<{ number: string }>("", { name: "Cabang Dago" });
	await onNetwork(`/${number}/scan`, { code: await shownCode(page) });
	await expect(page.getByRole("heading", { name: "Cabang Dago sudah tertaut!" })).toBeVisible();
	await expect(page.getByRole("heading", { name: "Tersambung" })).toBeVisible();
	await examine(page, "device-linked-360");
	await page.getByRole("link", { name: "Buka kotak masuk" }).click();
	await expect(page).toHaveURL(/\/inbox$/);
	await page.goBack();
	await page.getByRole("switch", { name: "Jeda pengiriman" }).click(); // the switch shows what the server has said
	await expect(page.getByRole("heading", { name: "Dijeda" })).toBeVisible();
	await page.getByRole("button", { name: "Putuskan tautan" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Putuskan tautan" }).click();
	await expect(page.getByText("Tautannya diputus dari sini.")).toBeVisible();
	await expect(page.getByRole("button", { name: "Tampilkan kode QR" }), "it can be linked again").toBeVisible();
	await removeOpen(page, phone, "Cabang Dago");
});

test("a number is linked by a code that is typed on the phone", async ({ open }) => {
	const page = await open("/devices", desk);
	const id = await make(page.request, "Gudang");
	const asked: string[] = [];
	page.on("request", (request) => {
		if (request.method() === "GET" && request.url().endsWith("/link")) asked.push(request.url());
	});
	await page.goto(`/devices/${id}`);
	await expect(page.getByRole("button", { name: "Show the QR code" })).toBeVisible();
	expect(asked, "nothing was begun that could be asked after").toEqual([]);
	await page.getByRole("tab", { name: "Without a camera" }).click();
	const { number } = await onNetwork<{ number: string }>("", { name: "Gudang" });
	await page.getByLabel("The shop's WhatsApp number").fill(`0${number.slice(2, 5)}-${number.slice(5)}`);
	await page.getByRole("button", { name: "Get a code" }).click();
	await expect(page.getByText("Valid for")).toBeVisible();
	const code = await shownCode(page);
	await expect(page.getByText(code, { exact: true })).toBeVisible();
	await examine(page, "device-code-1440");
	await onNetwork(`/${number}/enter-code`, { code });
	await expect(page.getByRole("heading", { name: "Gudang is linked!" })).toBeVisible();
	await removeOpen(page, desk, "Gudang");
});

test("why a number was not linked is still said after a reload", async ({ open }) => {
	const page = await open("/devices", phone);
	const first = await make(page.request, "Kasir satu");
	const { number } = await onNetwork<{ number: string }>("", { name: "Kasir" });
	const begun = await page.request.post(`/api/v1/devices/${first}/link`, { data: { method: "qr" } });
	await onNetwork(`/${number}/scan`, { code: ((await begun.json()) as { code: string }).code });
	const second = await make(page.request, "Kasir dua");
	await page.goto(`/devices/${second}`);
	await page.getByRole("button", { name: "Tampilkan kode QR" }).click();
	await expect(page.getByRole("img", { name: "Kode QR" })).toBeVisible();
	await onNetwork(`/${number}/scan`, { code: await shownCode(page) }).catch(() => {}); // which the server refuses
	const why = page.getByRole("alert").filter({ hasText: "Nomor ini sudah tertaut pada perangkat lain di sini." });
	await expect(why).toBeVisible();
	await page.reload();
	await expect(why).toBeVisible();
	await examine(page, "device-failed-360");
	for (const id of [first, second]) await page.request.delete(`/api/v1/devices/${id}`);
});

test("settings are kept, and what can't be used is refused", async ({ open }) => {
	const page = await open("/devices", desk);
	const id = await make(page.request, "Kasir");
	await page.goto(`/devices/${id}`);
	await page.getByRole("tab", { name: "Settings" }).click();
	for (const name of ["Reject calls", "Tell webhooks when customers type", "Show as online"]) {
		await page.getByRole("switch", { name }).click();
		await expect(page.getByRole("switch", { name })).toBeChecked();
	}
	await page.getByLabel("Message for the caller").fill("Chat saja ya, Kak");
	await page
		.locator("form", { has: page.getByLabel("Message for the caller") })
		.getByRole("button")
		.click();
	await expect(page.getByText("Saved.")).toBeVisible();
	await page.getByLabel("New address").fill("no proxy at all");
	await page
		.locator("form", { has: page.getByLabel("New address") })
		.getByRole("button")
		.click();
	await expect(page.getByRole("alert")).toContainText("proxy");
	await page.getByRole("tab", { name: "Webhook" }).click();
	await page.getByLabel("Address (https)").fill("https://toko.example/hook");
	await page.getByRole("button", { name: "Save" }).click();
	await expect(page.getByRole("button", { name: "Send a test" })).toBeEnabled();
	await page.getByRole("button", { name: "Show", exact: true }).click();
	await expect(page.getByText(/^whsec_/)).toBeVisible();
	await page.getByRole("button", { name: "Send a test" }).click();
	await page.locator("summary").first().click();
	await expect(page.getByText("What is sent")).toBeVisible();
	await examine(page, "device-deliveries-1440");
	await page.reload();
	await page.getByRole("tab", { name: "Settings" }).click();
	await expect(page.getByLabel("Message for the caller")).toHaveValue("Chat saja ya, Kak");
	for (const name of ["Tell webhooks when customers type", "Show as online"])
		await expect(page.getByRole("switch", { name })).toBeChecked();
	await page.getByRole("switch", { name: "Show as online" }).click();
	await expect(page.getByRole("switch", { name: "Show as online" })).not.toBeChecked();
	await page.request.delete(`/api/v1/devices/${id}`);
});

test("a device that is not there says so", async ({ open }) => {
	const page = await open("/devices/019aab10-0000-7000-8000-00000000000d", desk);
	await expect(page.getByRole("heading", { name: "There is no such device" })).toBeVisible();
	await examine(page, "device-gone");
});
