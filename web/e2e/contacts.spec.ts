import { demo, desk, examine, expect, type Look, looks, phone, test } from "./rig";

const say = (look: Look, id: string, en: string) => (look.language === "id" ? id : en);

const [sari] = demo.phones as [{ number: string; name: string }];

for (const look of [phone, looks[1] as Look, desk, looks[3] as Look]) {
	test(`contacts and home, ${look.name}`, async ({ open }) => {
		const page = await open("/contacts", look);
		await page.locator("#contacts-list").getByRole("link", { name: sari.name }).click();
		const sheet = page.getByRole("dialog");
		await expect(sheet.getByText(say(look, "Persetujuan siaran", "Consent to broadcasts"))).toBeVisible();
		await examine(page, `contact-${look.name}`);
		await page.keyboard.press("Escape");
		await expect(sheet).toBeHidden();
		await examine(page, `contacts-${look.name}`);
		await page.goto("/");
		await expect(page.getByText(say(look, "Yang menunggu sekarang", "What waits now"))).toBeVisible();
		await expect(page.getByText(say(look, "Angka tokomu", "Your shop in figures"))).toBeVisible();
		await examine(page, `home-${look.name}`);
	});
}

test("a list is imported, found, tagged, and its people opt out", async ({ open }) => {
	const page = await open("/contacts/import");
	const rows = [
		"DAFTAR PELANGGAN,,",
		"Nama,No HP,Kelurahan",
		"Ratna Impor,0813-1111-2222,Braga",
		"Joko Impor,8.13E+10,Dago",
		"Wati Impor,+62 813 3333 4444,Dago",
	];
	const file = { name: "pelanggan.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) };
	await page.locator("#import-file").setInputFiles(file);
	await expect(page.getByRole("list", { name: "2. Check" }).getByText("New", { exact: true })).toHaveCount(2);
	await expect(page.getByText("Excel has rounded this number")).toBeVisible();
	await page.getByRole("button", { name: "New field “Kelurahan”" }).click();
	await expect(page.getByLabel("What column Kelurahan holds")).toHaveValue(/^field\./);
	await page.getByLabel("Put a tag").selectOption("New tag…");
	await page.getByLabel("The tag's name").fill("Pameran");
	await page.keyboard.press("Enter");
	await expect(page.getByLabel("Put a tag").locator("option:checked")).toHaveText("Pameran");
	await examine(page, "import-preview");
	await page.setViewportSize({ width: phone.width, height: phone.height });
	await examine(page, "import-preview-360");
	const lines = page.getByRole("list", { name: "2. Check" });
	expect(await lines.evaluate((list) => list.scrollWidth - list.clientWidth), "nothing lies beside the screen").toBe(0);

	await page.getByRole("button", { name: "Mend row 4" }).click();
	const form = page.getByRole("form", { name: "Mend row 4" });
	await form.getByLabel("Phone number").fill("0813");
	await examine(page, "import-mend-360");
	await form.getByRole("button", { name: "Save" }).click();
	const row = lines.getByRole("listitem").nth(1);
	await expect(row, "it is judged by what was written").toContainText("The cell says 0813");
	await expect(row).toContainText("Can't be used");
	await page.getByRole("button", { name: "Mend row 4" }).click();
	await form.getByLabel("Phone number").fill("0813-5555-6666");
	await form.getByLabel("Name", { exact: true }).fill("Joko Betul");
	await page.keyboard.press("Enter");
	await expect(lines.getByText("Joko Betul")).toBeVisible();
	await expect(lines.getByText("New", { exact: true })).toHaveCount(3);
	await expect(page.getByRole("button", { name: "Import 3 rows" })).toBeEnabled();
	await examine(page, "import-mended-360");
	await page.getByRole("button", { name: "Take row 4 as it is in the file" }).click();
	await page.getByRole("button", { name: "Leave out row 4" }).click();
	await expect(lines.getByText("Left out")).toBeVisible();
	await page.setViewportSize({ width: desk.width, height: desk.height });
	await page.getByRole("button", { name: "Import 2 rows" }).click();
	await expect(page.getByText("The import is done")).toBeVisible();
	await expect(page.locator("dt", { hasText: "Left out" }).locator("..")).toContainText("1");
	await examine(page, "import-done");
	await page.getByRole("link", { name: "See the contacts" }).click();

	await page.getByRole("button", { name: "Contacts menu" }).click();
	await page.getByRole("menuitem", { name: "Manage tags" }).click();
	await page.getByLabel("Name of the tag").fill("Impor");
	await page.getByRole("button", { name: "Make", exact: true }).click();
	await expect(page.getByRole("textbox", { name: "Change Impor" })).toBeVisible();
	await examine(page, "tags");
	await page.keyboard.press("Escape");

	await page.locator("#contacts-search").fill("impor");
	await expect(page.locator("#contacts-list li")).toHaveCount(2);
	await page.getByRole("checkbox", { name: "Choose all that are shown" }).check();
	await page.getByRole("button", { name: "Put a tag" }).click();
	await page.getByRole("menuitem", { name: "Impor" }).click();
	await expect(page.getByText("2 contacts changed.")).toBeVisible();
	await expect(
		page.locator("#contacts-list").getByText("Impor", { exact: true }).filter({ visible: true }),
	).toHaveCount(2);

	await page.locator("#contacts-list").getByRole("link", { name: "Wati Impor" }).click();
	const sheet = page.getByRole("dialog");
	await sheet.getByRole("button", { name: "Note an opt-out" }).click();
	await page.getByLabel("How they said so").fill("Telepon");
	await page.getByRole("button", { name: "Save" }).click();
	await expect(sheet.getByText("Opted out", { exact: true })).toBeVisible();
	await sheet.getByText("History").click();
	await expect(sheet.getByText("Telepon")).toBeVisible();
	await sheet.getByRole("button", { name: "Change the name" }).click();
	await sheet.getByLabel("Name").fill("Wati Baru");
	await sheet.getByRole("button", { name: "Save" }).click();
	await expect(page.locator("#contacts-list").getByRole("link", { name: "Wati Impor" })).toHaveCount(0);
	await expect(sheet.getByText("Wati Baru")).toBeVisible();
});

test("only an owner undoes an opt-out, with a reason", async ({ open, openOut }) => {
	const owner = await open("/contacts");
	const made = await owner.request.post("/api/v1/contacts", {
		data: { channel: "whatsapp", name: "Tolak Siaran", phone: "081355557777" },
	});
	const { id } = (await made.json()) as { id: string };
	await owner.request.put(`/api/v1/contacts/${id}/consent`, { data: { state: "out" } });
	const invited = await owner.request.post("/api/v1/invitations", { data: { role: "agent" } });
	const { token } = (await invited.json()) as { token: string };
	const agent = await openOut(`/invitations/${token}`);
	await agent.getByLabel("Your name").fill("Agus");
	await agent.getByLabel("E-mail").fill(`agus-${Date.now()}@toko.example`);
	await agent.locator("input[autocomplete=new-password]").fill("kue lapis enak sekali");
	await agent.getByRole("button", { name: "Accept the invitation" }).click();
	await expect(agent.getByRole("heading", { level: 1 })).toContainText("Agus");
	await agent.goto(`/contacts/${id}`);
	await expect(agent.getByText("or an owner with a reason can undo that")).toBeVisible();
	await expect(agent.getByRole("button", { name: "Note an opt-in" })).toHaveCount(0);

	await owner.goto(`/contacts/${id}`);
	await owner.getByRole("button", { name: "Note an opt-in" }).click();
	const save = owner.getByRole("dialog").getByRole("button", { name: "Save" });
	await expect(save).toBeDisabled();
	await owner.getByLabel("How they said so").fill("Datang ke toko");
	await save.click();
	await expect(owner.getByText("Opted in", { exact: true }).first()).toBeVisible();
});

test("two contacts that are one are found, merged and taken apart", async ({ open }) => {
	const page = await open("/contacts/import");
	const rows = ["Nama,No HP", "Dewi Ganda,0813-7777-4321", "Dewi Ganda,0857-8888-4321"];
	const file = { name: "ganda.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) };
	await page.locator("#import-file").setInputFiles(file);
	await page.getByRole("button", { name: "Import 2 rows" }).click();
	await expect(page.getByText("The import is done")).toBeVisible();
	await page.getByRole("link", { name: "See the contacts" }).click();
	await page.getByRole("button", { name: "Contacts menu" }).click();
	await page.getByRole("menuitem", { name: "Find duplicates" }).click();
	const dialog = page.getByRole("dialog");
	const pair = dialog.getByRole("listitem").filter({ hasText: "Dewi Ganda" });
	await expect(pair).toContainText("The same name and last four digits");
	await examine(page, "duplicates-1440");
	await pair.getByRole("button", { name: "Look" }).click();
	await expect(dialog.getByText("+62 857-8888-4321").first()).toBeVisible();
	await examine(page, "merge-1440");
	await dialog.getByRole("button", { name: "Merge" }).click();
	await expect(page.getByText("The contacts are merged.")).toBeVisible();
	await page.keyboard.press("Escape");
	await page.locator("#contacts-search").fill("dewi ganda");
	await expect(page.locator("#contacts-list li")).toHaveCount(1);
	await page.locator("#contacts-list").getByRole("link", { name: "Dewi Ganda" }).click();
	const addresses = dialog.getByRole("list", { name: "Addresses" });
	await expect(addresses, "it has the addresses of both").toContainText("+62 813-7777-4321");
	await expect(addresses).toContainText("+62 857-8888-4321");
	await dialog.getByRole("button", { name: "Take Dewi Ganda apart" }).click();
	await page.getByRole("button", { name: "Take apart", exact: true }).last().click();
	await expect(page.getByText("The contacts are two again.")).toBeVisible();
	await page.keyboard.press("Escape");
	await expect(page.locator("#contacts-list li")).toHaveCount(2);
});

test("whoever is the same is chosen from the card, on a phone", async ({ open }) => {
	const page = await open("/contacts", phone);
	await page.locator("#contacts-list").getByRole("link", { name: sari.name }).click();
	await page.getByRole("button", { name: "Gabungkan…" }).click();
	await page.getByLabel("Kontak mana yang sama orangnya?").fill("a");
	await expect(page.getByRole("dialog").last().getByRole("listitem").first()).toBeVisible();
	await examine(page, "merge-with-360");
	await page.getByRole("dialog").last().getByRole("listitem").first().getByRole("button").click();
	await expect(page.getByRole("heading", { name: "Hasilnya" })).toBeVisible();
	await examine(page, "merge-360");
});
