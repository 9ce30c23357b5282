import { createHmac } from "node:crypto";
import { demo, desk, examine, expect, freshURL, phone, test } from "./rig";

const password = "kue lapis enak sekali";

/** What a code app shows for a secret (RFC 6238). */
function codeOf(secret: string, at = Date.now()): string {
	let bits = "";
	for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
	const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
	const mac = createHmac("sha1", key).update(counter).digest();
	const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
	return String(number % 1_000_000).padStart(6, "0");
}

test("somebody is invited, joins, turns two-step verification on and signs in with it", async ({ open, openOut }) => {
	const email = `sari-${Date.now()}@toko.example`;
	const owner = await open("/settings/members", phone);
	await owner.getByRole("button", { name: "Undang anggota" }).click();
	await examine(owner, "invite-360");
	await owner.getByRole("button", { name: "Buat tautan" }).click();
	const link = new URL(await owner.getByLabel("Tautan undangan").last().innerText());
	await owner.getByRole("button", { name: "Tutup" }).last().click();
	await expect(owner.getByText("Siapa saja yang punya tautannya").first()).toBeVisible();
	await examine(owner, "members-360");

	const page = await openOut(link.pathname, desk);
	await expect(page.getByRole("heading", { level: 1 })).toContainText("Join");
	await examine(page, "invited-1440");
	await page.getByLabel("Your name").fill("Sari");
	await page.getByLabel("E-mail").fill(email);
	await page.locator("input[autocomplete=new-password]").fill(password);
	await page.getByRole("button", { name: "Accept the invitation" }).click();
	await expect(page.getByRole("heading", { level: 1 })).toContainText("Sari");

	await page.goto("/settings/security");
	await page.getByRole("button", { name: "Turn on" }).click();
	await page.getByLabel("Your password").fill(password);
	await page.getByRole("button", { name: "Go on" }).click();
	await expect(page.getByRole("img", { name: "QR code for the code app" })).toBeVisible();
	await examine(page, "totp-1440");
	const secret = (await page.getByRole("dialog").locator("code").innerText()).replace(/\s/g, "");
	await page.getByLabel("Code of six digits").fill(codeOf(secret));
	await page.getByRole("dialog").getByRole("button", { name: "Turn on" }).click();
	const [recovery = ""] = (await page.getByLabel("Recovery codes").last().innerText()).split("\n");
	await examine(page, "recovery-1440");
	await page.getByRole("button", { name: "I have kept it" }).click();
	await examine(page, "security-1440");

	const again = await openOut("/login", phone);
	await again.getByLabel("E-mail").fill(email);
	await again.locator("input[autocomplete=current-password]").fill(password);
	await again.getByRole("button", { name: "Masuk", exact: true }).click();
	await expect(again.getByLabel("Kode dari aplikasi kode")).toBeVisible();
	await examine(again, "second-step-360");
	await again.getByRole("button", { name: "Pakai kode pemulihan" }).click();
	await again.getByLabel("Kode pemulihan").fill(recovery);
	await again.getByRole("button", { name: "Lanjut" }).click();
	await expect(again.getByRole("heading", { level: 1 })).toContainText("Sari");
});

test("a key is shown once, and a webhook is made and tried", async ({ open }) => {
	const page = await open("/settings/keys", desk);
	await page.getByRole("button", { name: "Make an API key" }).click();
	await page.getByLabel("Name").fill("Online shop");
	await examine(page, "api-key-1440");
	await page.getByRole("button", { name: "Make", exact: true }).click();
	await expect(page.getByRole("dialog").getByRole("status")).not.toBeEmpty();
	await page.getByRole("button", { name: "I have kept it" }).click();
	const row = page.getByRole("listitem").filter({ hasText: "Online shop" });
	await row.getByRole("button", { name: "Revoke" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
	await expect(page.getByText("The API key is revoked.")).toBeVisible();

	await page.goto("/settings/webhooks");
	await page.getByRole("button", { name: "Make a webhook" }).click();
	await page.getByLabel("Address of the receiver").fill("https://hook.example/in");
	await examine(page, "webhook-1440");
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByRole("button", { name: "I have kept it" }).click();
	await page.getByRole("button", { name: /^Menu for/ }).click();
	await page.getByRole("menuitem", { name: "Send a test" }).click();
	await page.getByRole("button", { name: "Delivery log" }).click();
	await expect(page.getByText("webhook.test", { exact: true })).toBeVisible();
	await examine(page, "deliveries-1440");
});

test("every section of the settings is whole on a phone", async ({ open }) => {
	const page = await open("/settings", phone);
	for (const name of [
		"Akunmu",
		"Keamanan",
		"Ruang kerja",
		"Tim",
		"Label",
		"API key",
		"Webhook",
		"Catatan audit",
		"Data",
	]) {
		await page.getByRole("navigation", { name: "Pengaturan" }).getByRole("link", { name }).click();
		await expect(page.getByRole("status", { name: "Sedang dimuat…" })).toHaveCount(0);
		await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
		await examine(page, `settings-${name.replace(" ", "-")}-360`);
	}
});

test("a label is made, put on a chat, changed and deleted", async ({ open }) => {
	const name = `Lunas ${Date.now()}`;
	const page = await open("/settings/labels", phone);
	await page.getByRole("button", { name: "Buat label" }).click();
	await page.getByLabel("Nama label").fill(name);
	await page.getByRole("radio", { name: "Warna 13" }).check({ force: true });
	await examine(page, "label-360");
	await page.getByRole("dialog").getByRole("button", { name: "Simpan" }).click();
	await expect(page.getByRole("listitem").filter({ hasText: name })).toBeVisible();
	await examine(page, "labels-360");

	const inbox = await open("/inbox", desk);
	await inbox
		.locator("#inbox-list")
		.getByText(demo.phones[0]?.name ?? "")
		.first()
		.click();
	await inbox.getByRole("button", { name: "About the contact" }).click();
	await inbox.getByRole("checkbox", { name }).check();
	await examine(inbox, "labelled-1440");
	await page.getByRole("button", { name: `Ubah: ${name}` }).click();
	await page.getByLabel("Nama label").fill(`${name} lagi`);
	await page.getByRole("dialog").getByRole("button", { name: "Simpan" }).click();
	await expect(inbox.getByRole("checkbox", { name: `${name} lagi` }), "others see it at once").toBeChecked();
	await page.getByRole("button", { name: `Hapus label: ${name} lagi` }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Hapus label" }).click();
	await expect(page.getByText("Label dihapus.")).toBeVisible();
	await expect(inbox.getByRole("checkbox", { name })).toHaveCount(0);
});

test("a link that is void says so, and a forgotten password has a way out", async ({ openOut }) => {
	const page = await openOut("/invitations/nothing", phone, freshURL);
	await expect(page.getByRole("heading", { name: "Tautan ini tidak bisa dipakai" })).toBeVisible();
	await examine(page, "invitation-void-360");
	await page.goto("/password-resets/nothing");
	await page.locator("input[autocomplete=new-password]").fill(password);
	await page.getByRole("button", { name: "Simpan kata sandi" }).click();
	await expect(page.getByRole("alert")).toBeVisible();
	await page.getByRole("link", { name: "Lupa kata sandi" }).click();
	await page.getByLabel("E-mail").fill("ani@toko.example");
	await page.getByRole("button", { name: "Kirim tautan" }).click();
	await expect(page.getByRole("heading", { name: "Server ini tidak mengirim e-mail" })).toBeVisible();
	await examine(page, "forgot-360");
});

test("a webhook is told again, and the audit log is narrowed to a day", async ({ open }) => {
	const page = await open("/settings/webhooks", desk);
	await page.getByRole("button", { name: "Make a webhook" }).click();
	await page.getByLabel("Address of the receiver").fill("https://replay.example/in");
	await page.getByRole("checkbox", { name: "All events but internal notes" }).check();
	await expect(page.getByRole("checkbox", { name: "All of note" })).not.toBeChecked();
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByRole("button", { name: "I have kept it" }).click();
	await page.getByRole("button", { name: "Menu for https://replay.example/in" }).click();
	await page.getByRole("menuitem", { name: "Tell again" }).click();
	await page.getByLabel("Beginning with").selectOption({ label: "the last hour" });
	await examine(page, "replay-1440");
	await page.getByRole("dialog").getByRole("button", { name: "Tell again" }).click();
	await expect(page.getByText("It is told again. See the log.")).toBeVisible();

	await page.goto("/settings/audit");
	await expect(page.getByText("made a webhook").first()).toBeVisible();
	await page.getByLabel("To the day").fill("2020-01-02");
	await expect(page.getByText("Nothing is written down yet")).toBeVisible();
	await examine(page, "audit-days-1440");
});

test("a shop has words of its own for opting out", async ({ open }) => {
	const page = await open("/settings/workspace", phone);
	const form = page.locator("form", { has: page.getByLabel("Kata untuk berhenti") });
	const builtIn = await form.getByLabel("Kata untuk berhenti").inputValue();
	expect(builtIn.split("\n")).toContain("stop");
	await form.getByLabel("Kata untuk berhenti").fill("🛑");
	await form.getByRole("button", { name: "Simpan" }).click();
	await expect(form.getByRole("alert"), "a word needs a letter").toBeVisible();
	await form.getByLabel("Kata untuk berhenti").fill(" cukup  sudah \n\nstop");
	await form.getByLabel("Jawaban saat berhenti").fill("Baik, Kak.");
	await form.getByRole("button", { name: "Simpan" }).click();
	await expect(form.getByLabel("Kata untuk berhenti")).toHaveValue("cukup sudah\nstop");
	await examine(page, "opt-out-360");
	await page.reload();
	await expect(form.getByLabel("Kata untuk berhenti")).toHaveValue("cukup sudah\nstop");
	await expect(form.getByLabel("Jawaban saat berhenti")).toHaveValue("Baik, Kak.");
	await form.getByLabel("Kata untuk berhenti").fill("");
	await form.getByRole("button", { name: "Simpan" }).click();
	await expect(form.getByLabel("Kata untuk berhenti"), "none is the built-in ones").toHaveValue(builtIn);
});

test("an owner takes everything out, and thinks better of deleting it", async ({ open }) => {
	const page = await open("/settings/data", phone);
	await page.getByRole("button", { name: "Buat salinan" }).click();
	await examine(page, "takeout-ask-360");
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("Kata sandimu").fill("salah sekali");
	await dialog.getByRole("button", { name: "Buat salinan" }).click();
	await expect(dialog.getByRole("alert").first()).toBeVisible();
	await dialog.getByLabel("Kata sandimu").fill(demo.password);
	await dialog.getByRole("button", { name: "Buat salinan" }).click();
	const link = page.getByRole("link", { name: "Unduh" });
	await expect(link).toBeVisible({ timeout: 60_000 });
	await examine(page, "takeout-360");
	const loading = page.waitForEvent("download");
	await link.click();
	expect((await loading).suggestedFilename()).toMatch(/^ping-.*\.zip$/);

	await page.getByRole("button", { name: "Hapus ruang kerja ini" }).click();
	await dialog.getByLabel(/^Ketik/).fill("toko demo");
	await dialog.getByLabel("Kata sandimu").fill(demo.password);
	await examine(page, "closing-ask-360");
	await dialog.getByRole("button", { name: "Hapus ruang kerja ini" }).click();
	await expect(page.getByText(/^Ruang kerja ini akan dihapus/)).toBeVisible();
	await examine(page, "closing-360");
	await page.getByRole("button", { name: "Jangan jadi dihapus" }).click();
	await expect(page.getByRole("button", { name: "Hapus ruang kerja ini" })).toBeVisible();
});

test("the API's page shows the workspace's own values", async ({ open }) => {
	const page = await open("/docs", desk);
	const device = demo.devices[0];
	await page.getByText("/api/v1/devices/{id}", { exact: true }).first().click();
	await expect(page.locator("details[open] pre").first()).toContainText(`${demo.url}/api/v1/devices/${device?.id}`);
	await page.goto("/docs/api-app");
	await expect(page.locator("#send pre")).toContainText(`"phone": "${device?.number}"`);
});
