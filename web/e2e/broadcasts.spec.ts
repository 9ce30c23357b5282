import type { Page } from "@playwright/test";
import { demo, desk, examine, expect, type Look, looks, phone, test } from "./rig";

// One after the other: they share the demo's one number, and the draft of its workspace.
test.describe.configure({ mode: "default" });

// A test that fails while the number rests leaves it to the others.
test.afterEach(async () => {
	await call("PATCH", `/devices/${demo.devices[0]?.id}`, { paused: false });
});

const say = <T>(look: Look, id: T, en: T): T => (look.language === "id" ? id : en);

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
	const headers = { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" };
	const answer = await fetch(`${demo.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
	const text = await answer.text();
	expect(answer.ok, `${method} ${path}: ${answer.status} ${text}`).toBe(true);
	return (text ? JSON.parse(text) : undefined) as T;
}

interface Customer {
	name: string;
	number: string;
}

/** Customers of a test's own, with phones on the simulated network. */
async function customers(names: string[]): Promise<Customer[]> {
	const made: Customer[] = [];
	for (const name of names) {
		const answer = await fetch(`${demo.network_url}/v1/phones`, { method: "POST", body: JSON.stringify({ name }) });
		expect(answer.ok, `a phone for ${name}: ${answer.status}`).toBe(true);
		made.push((await answer.json()) as Customer);
	}
	return made;
}

/** What a simulated phone has got that says a word. */
async function arrived(number: string, word: string): Promise<string[]> {
	const answer = await fetch(`${demo.network_url}/v1/phones/${number}/messages`);
	const items = (await answer.json()) as { text?: string }[];
	return items.flatMap((one) => (one.text?.includes(word) ? [one.text] : []));
}

async function importList(page: Page, rows: string[]) {
	await page.goto("/contacts/import");
	const file = { name: "siaran.csv", mimeType: "text/csv", buffer: Buffer.from(["Nama,No HP", ...rows].join("\n")) };
	await page.locator("#import-file").setInputFiles(file);
	await page.getByRole("button", { name: `Import ${rows.length} rows` }).click();
	await expect(page.getByText("The import is done")).toBeVisible();
}

/** A segment of the people whose names hold a word. */
const segmentOf = (word: string) =>
	call<{ id: string }>("POST", "/segments", { name: word, filter: `name ~ "${word}"` });

test("a list is imported, a segment of it gets a broadcast once each, and it says why somebody does not", async ({
	open,
}) => {
	test.setTimeout(300_000);
	const six = await customers(["Ani", "Beni", "Citra", "Dodi", "Eka", "Fajar"].map((name) => `${name} Siaran`));
	const page = await open("/broadcasts");
	const away = "628999000111"; // nobody has this number
	await importList(page, [...six.map((one) => `${one.name},${one.number}`), `Gita Siaran,${away}`]);
	const segment = await segmentOf("Siaran");
	const [ani] = (await call<{ items: { id: string }[] }>("GET", "/contacts?search=Ani%20Siaran")).items;
	await call("PUT", `/contacts/${ani?.id}/consent`, { state: "out", why: "Telepon" });

	await page.goto(`/broadcasts/new?segment=${segment.id}`);
	await expect(page.getByText("7 contacts match.")).toBeVisible();
	await expect(page.getByText("1 of them want no broadcasts")).toBeVisible();
	await page.getByLabel("Name of the broadcast").fill("Promo brownies");
	await page.getByRole("button", { name: "Next" }).click();

	await page.getByRole("button", { name: "Next" }).click();
	await expect(page.getByText("Write the message, or attach a file.")).toBeVisible();
	const word = `siaran${Date.now()}`;
	await page
		.getByRole("textbox", { name: "Message" })
		.fill(`{Halo|Hai} {name}, brownies ${word}. Balas STOP untuk berhenti.`);
	await expect(page.getByText(`Beni Siaran, brownies ${word}`).first()).toBeVisible();
	await page.reload();
	await expect(page.getByRole("textbox", { name: "Message" }), "the draft is kept").toHaveValue(new RegExp(word));
	await page.getByRole("button", { name: "Next" }).click();

	await page.getByText("No pauses").click();
	await page.getByRole("switch", { name: "Only send at certain hours" }).uncheck();
	await page.getByRole("link", { name: "Templates" }).click();
	await expect(page.getByText("Keep this broadcast for later?")).toBeVisible();
	await page.keyboard.press("Escape");
	await page.getByRole("button", { name: "Next" }).click();

	await expect(page.getByText("Want no broadcasts")).toBeVisible();
	await examine(page, "broadcast-review");
	await call("PATCH", `/devices/${demo.devices[0]?.id}`, { paused: true });
	await page.getByRole("button", { name: "Start sending" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Start sending" }).click();

	// The device rests, so that there is time to look at what holds it, and to pause it.
	await expect(
		page.getByRole("region", { name: "What holds it now" }).getByText("The device is paused."),
	).toBeVisible();
	await page.getByRole("button", { name: "Pause" }).click();
	await expect(page.getByText("Nothing is sent until you resume it.")).toBeVisible();
	await call("PATCH", `/devices/${demo.devices[0]?.id}`, { paused: false });
	await examine(page, "broadcast-paused");
	const before = (await Promise.all(six.map((one) => arrived(one.number, word)))).flat();
	expect(before, "what phones have of a paused broadcast").toEqual([]);
	await page.getByRole("button", { name: "Resume" }).click();
	await expect(page.getByText("Done", { exact: true })).toBeVisible({ timeout: 180_000 });

	await page.getByLabel("State", { exact: true }).selectOption("skipped");
	const list = page.getByRole("list", { name: "Recipients" });
	await expect(list.getByRole("link", { name: "Ani Siaran" })).toBeVisible();
	await expect(list.getByText("Wants no broadcasts.")).toBeVisible();
	await expect(list.getByRole("link", { name: "Beni Siaran" })).toHaveCount(0);
	await examine(page, "broadcast-skipped");
	for (const one of six) {
		const want = one.name.startsWith("Ani") ? 0 : 1;
		expect(await arrived(one.number, word), `${one.name} has it ${want} times`).toHaveLength(want);
	}
});

for (const look of looks) {
	test(`broadcasts, ${look.name}`, async ({ open }) => {
		const page = await open("/broadcasts", look);
		const next = page.getByRole("button", { name: say(look, "Lanjut", "Next"), exact: true });
		await expect(page.getByRole("heading", { name: say(look, "Siaran", "Broadcasts"), level: 1 })).toBeVisible();
		await expect(page.getByText(/Promo brownies|Belum ada siaran|No broadcasts yet/).first()).toBeVisible();
		await examine(page, `broadcasts-${look.name}`);
		await page.goto("/broadcasts/new");
		await page.getByRole("radio", { name: say(look, "Semua kontak", "All contacts") }).check();
		await expect(page.getByText(say(look, /kontak cocok/, /contacts match/))).toBeVisible();
		await examine(page, `broadcast-who-${look.name}`);
		await next.click();
		await page
			.getByRole("textbox", { name: say(look, "Pesan", "Message"), exact: true })
			.fill("{Halo|Hai} {name}, *diskon 20%* untukmu: https://toko.example/promo");
		await expect(page.getByText("diskon 20%").nth(1)).toBeVisible();
		await examine(page, `broadcast-what-${look.name}`);
		await next.click();
		await expect(page.getByText(say(look, "Hati-hati", "Cautious"))).toBeVisible();
		await examine(page, `broadcast-when-${look.name}`);
		await next.click();
		await expect(page.getByRole("button", { name: say(look, "Mulai kirim", "Start sending") })).toBeVisible();
		await examine(page, `broadcast-check-${look.name}`);
		await page.goto("/broadcasts");
		await expect(page.getByText(say(look, "Tersimpan di perangkat ini.", "Kept on this device."))).toBeVisible();
		await examine(page, `broadcasts-kept-${look.name}`);
		await page.getByRole("button", { name: say(look, "Buang", "Discard") }).click();
		await page
			.getByRole("dialog")
			.getByRole("button", { name: say(look, "Buang", "Discard") })
			.click();
		await expect(page.getByText(say(look, "Tersimpan di perangkat ini.", "Kept on this device."))).toHaveCount(0);
	});
}

for (const look of [phone, desk]) {
	test(`a broadcast that is over, ${look.name}`, async ({ open }) => {
		const number = (demo.phones[0] as Customer).number;
		const { id } = await call<{ id: string }>("POST", "/broadcasts", {
			name: "Katalog Desember",
			device_ids: [demo.devices[0]?.id],
			variants: [{ text: "Halo {name=Kak}, katalog baru." }, { text: "Hai {name=Kak}, ada katalog baru." }],
			audience: { numbers: [number, "0812", "bukan nomor", number, "628999000112"], check_numbers: false },
			pacing: { preset: "none" },
		});
		await call("POST", `/broadcasts/${id}/start`);
		const page = await open(`/broadcasts/${id}`, look);
		await expect(page.getByText(say(look, "Selesai", "Done"), { exact: true })).toBeVisible();
		await expect(
			page.getByText(say(look, "Bukan nomor telepon yang benar", "No proper phone number"), { exact: true }),
		).toBeVisible();
		await expect(
			page.getByRole("region", { name: say(look, /^1 orang tidak akan menerimanya/, /^1 person won't get it/) }),
		).toBeVisible();
		await examine(page, `broadcast-done-${look.name}`);
		const list = page.getByRole("list", { name: say(look, "Penerima", "Recipients") });
		await page
			.getByRole("link", { name: say(look, "Nomor ini tidak ada di WhatsApp. 1", "The number is not on WhatsApp. 1") })
			.click();
		await expect(list.getByRole("listitem")).toHaveCount(1);
		await expect(list, "the recipients are scrolled to").toBeInViewport();
		await expect(page.getByLabel(say(look, "Alasan", "Reason"))).toHaveValue("not_on_whatsapp");
		await examine(page, `broadcast-failed-${look.name}`);
		await page.getByRole("link", { name: say(look, /^Bukan nomor telepon/, /^No proper phone number/) }).click();
		await expect(list.getByRole("listitem")).toHaveCount(2);
		await page
			.getByRole("button", { name: say(look, "Lainnya", "More"), exact: true })
			.first()
			.click();
		await page.getByRole("menuitem", { name: say(look, "Hapus", "Delete") }).click();
		await page
			.getByRole("dialog")
			.getByRole("button", { name: say(look, "Hapus siaran", "Delete the broadcast") })
			.click();
		await expect(page).toHaveURL(/\/broadcasts$/);
	});
}
