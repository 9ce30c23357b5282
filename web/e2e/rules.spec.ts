import { demo, desk, examine, expect, looks, phone, test } from "./rig";

// Each page on a phone and on a desk, in both languages, light and dark; not in all of their combinations.
for (const look of looks.filter((_, i) => i === 0 || i === 3)) {
	test(`rules, ${look.name}`, async ({ open }) => {
		const page = await open("/rules", look);
		await expect(page.getByRole("link", { name: /^Daftar harga/ })).toBeVisible();
		await examine(page, `rules-${look.name}`);
		await page.getByRole("link", { name: /^Daftar harga/ }).click();
		await expect(page.getByRole("dialog")).toContainText("Brownies cokelat");
		await examine(page, `rule-${look.name}`);
	});
}

for (const look of looks.filter((_, i) => i === 1 || i === 2)) {
	test(`templates, ${look.name}`, async ({ open }) => {
		const page = await open("/templates", look);
		await expect(page.getByRole("button", { name: "New template" })).toBeVisible();
		await examine(page, `templates-${look.name}`);
		await page.getByRole("link", { name: /^Pengingat pembayaran/ }).click();
		await expect(page.getByRole("dialog").getByLabel("{amount}")).toBeVisible();
		await examine(page, `template-${look.name}`);
	});
}

test("a rule is made, tried, moved, paused and deleted", async ({ open }) => {
	const page = await open("/rules", desk);
	const name = `Delivery ${Date.now()}`;
	await page.getByRole("button", { name: "New rule" }).click();
	const form = page.getByRole("dialog");
	await form.getByRole("button", { name: "Save" }).click();
	await expect(form.getByRole("alert"), "what is missing is said at its field").toContainText("name");
	await form.getByLabel("Name").first().fill(name);
	await form.getByRole("textbox", { name: "Keywords" }).fill("ongkirnya, delivery");
	await page.keyboard.press("Enter");
	await form.getByLabel("Text of answer 1", { exact: true }).fill("{Rp10|Rp10} for ");
	await form.getByRole("button", { name: "Name", exact: true }).click();
	await expect(form.getByRole("region", { name: "Preview" })).toContainText("Rp10 for Sari");
	await form.getByRole("button", { name: "Save" }).click();
	await expect(form).toHaveCount(0);

	await page.getByLabel("The customer's message").fill("berapa ongkirnya?");
	await page.getByRole("button", { name: "Send to try" }).click();
	await expect(page.getByRole("region", { name: "Conversation" })).toContainText("Rp10 for");

	const rows = page.getByRole("list", { name: "The rules" }).getByRole("listitem");
	const last = (await rows.count()) - 1;
	await expect(rows.nth(last)).toContainText(name);
	const order = page.waitForResponse((r) => r.url().endsWith("/rules/order"));
	await rows.nth(last).getByRole("button", { name: /^Move/ }).focus();
	await page.keyboard.press("ArrowUp");
	expect((await order).ok(), "the order is kept").toBe(true);
	await expect(rows.nth(last - 1)).toContainText(name);
	await expect(rows.nth(last - 1).getByRole("button", { name: /^Move/ }), "keys go on").toBeFocused();

	const handle = await rows
		.nth(last - 1)
		.getByRole("button", { name: /^Move/ })
		.boundingBox();
	const first = await rows.first().boundingBox();
	if (!handle || !first) throw new Error("the rows are not there");
	await page.mouse.move(handle.x + 10, handle.y + 20);
	await page.mouse.down();
	await page.mouse.move(first.x + 10, first.y + 4, { steps: 8 });
	const dropped = page.waitForResponse((r) => r.url().endsWith("/rules/order"));
	await page.mouse.up();
	expect((await dropped).ok(), "the order is kept").toBe(true);
	await page.reload();
	await expect(rows.first()).toContainText(name);

	await page.getByRole("switch", { name: `Rule ${name} is on` }).click();
	await expect(rows.first()).toContainText("Paused");
	await page.getByRole("link", { name }).click();
	await form.getByRole("button", { name: "Delete" }).click();
	await page.getByRole("button", { name: "Delete the rule" }).click();
	await expect(page.getByRole("link", { name })).toHaveCount(0);
});

test("a template with a picture and a shortcut is made and found", async ({ open }) => {
	const page = await open("/templates/new", phone);
	const shortcut = `kue${Date.now() % 100_000}`;
	const form = page.getByRole("dialog");
	await form.getByLabel("Nama", { exact: true }).fill(`Foto ${shortcut}`);
	await form.getByLabel("Pintasan").fill(`/${shortcut}`);
	await form.getByLabel("Kategori").fill(`Kue ${shortcut}`);
	await form.getByLabel("Isi pesan", { exact: true }).fill("Ini kuenya, *{siapa}*");
	await form.locator("input[type=file]").setInputFiles("dashboard/public/icon-192.png");
	await expect(form.getByRole("img", { name: "icon-192.png" })).toBeVisible();
	await form.getByLabel("{siapa}").fill("Kak Budi");
	await expect(form.getByRole("region", { name: "Pratinjau" }).locator("strong")).toHaveText("Kak Budi");
	await examine(page, "template-new-360");
	await form.getByRole("button", { name: "Simpan" }).click();
	await expect(form).toHaveCount(0);
	await page.getByLabel("Kategori").selectOption(`Kue ${shortcut}`);
	await expect(page.getByRole("list", { name: "Daftar template" }).getByRole("listitem")).toHaveCount(1);
	await examine(page, "templates-category-360");
	await page.getByLabel("Cari template").fill(`/${shortcut}`);
	await page.getByRole("link", { name: `Foto ${shortcut}` }).click();
	await expect(form.getByLabel("Isi pesan", { exact: true })).toHaveValue("Ini kuenya, *{siapa}*");
	const answer = await page.request.get(`/api/v1/templates?shortcut=${shortcut}`, {
		headers: { Authorization: `Bearer ${demo.api_key}` },
	});
	expect((await answer.json()).items, "the server has it").toHaveLength(1);
});

for (const [path, label] of [
	["/rules", "Name"],
	["/templates", "Name"],
] as const)
	test(`what is not saved is asked for before it is left, ${path}`, async ({ open }) => {
		const page = await open(path, desk);
		const form = page.getByRole("dialog").first();
		await page.getByRole("link", { name: path === "/rules" ? /^Daftar harga/ : /^Pengingat pembayaran/ }).click();
		await form.getByLabel(label, { exact: true }).first().fill("Something else");
		const question = page.getByRole("dialog", { name: "Discard the changes?" });
		await page.goBack();
		await expect(question, "the browser's Back").toBeVisible();
		await expect(question, "it listens to the keys").toBeFocused();
		await page.keyboard.press("Escape");
		await expect(question).toHaveCount(0);
		await expect(form.getByLabel(label, { exact: true }).first()).toHaveValue("Something else");
		await page.keyboard.press("Escape");
		await expect(question, "the key").toBeVisible();
		await question.getByRole("button", { name: "Discard" }).click();
		await expect(form).toHaveCount(0);
	});

test("a second tab shows at once what the first has changed", async ({ open }) => {
	const [first, second] = [await open("/templates", desk), await open("/templates", desk)];
	const name = `Tab ${Date.now()}`;
	await expect(second.getByRole("link", { name: /^Pengingat pembayaran/ })).toBeVisible();
	await first.getByRole("button", { name: "New template" }).click();
	await first.getByRole("dialog").getByLabel("Name", { exact: true }).fill(name);
	await first.getByRole("dialog").getByLabel("Message", { exact: true }).fill("isi");
	await first.getByRole("dialog").getByRole("button", { name: "Save" }).click();
	await expect(second.getByRole("link", { name })).toBeVisible();
});
