import { customerWrites, demo, desk, examine, expect, freshURL, type Look, looks, phone, test } from "./rig";

test("the first run makes the owner and the workspace", async ({ openOut }) => {
	const page = await openOut("/", phone, freshURL);
	await expect(page.getByRole("heading", { name: "Siapkan Ping!" })).toBeVisible();
	await examine(page, "setup-360");
	await page.getByLabel("Nama toko").fill("Toko Kue Bandung");
	await page.getByLabel("Namamu").fill("Ani");
	await page.getByLabel("E-mail").fill("ani@toko.example");
	await page.getByLabel("Kata sandi", { exact: true }).fill("pendek");
	await page.getByRole("button", { name: "Buat ruang kerja" }).click();
	await expect(page.getByRole("alert")).toContainText("8");
	await page.getByLabel("Kata sandi", { exact: true }).fill("kue lapis enak sekali");
	await page.getByRole("button", { name: "Buat ruang kerja" }).click();
	await expect(page.getByRole("heading", { name: "Halo, Ani" })).toBeVisible();
	await expect(page.getByText("Tautkan nomor WhatsApp-mu")).toBeVisible();
	await examine(page, "first-home-360");
});

for (const look of looks) {
	test(`signing in, ${look.name}`, async ({ openOut }) => {
		const page = await openOut("/contacts", look);
		const button = look.language === "id" ? "Masuk" : "Sign in";
		await expect(page.getByRole("button", { name: button, exact: true })).toBeVisible();
		await expect(page.getByRole("button", { name: /demo/i })).toBeVisible();
		await examine(page, `login-${look.name}`);
		await page.getByLabel("E-mail").fill(demo.email);
		await page.locator("input[autocomplete=current-password]").fill(demo.password);
		await page.getByRole("button", { name: button, exact: true }).click();
		await expect(page, "back to where one wanted to be").toHaveURL(/\/contacts$/);
	});

	test(`home, ${look.name}`, async ({ open }) => {
		const page = await open("/", look);
		await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
		await page.waitForLoadState("networkidle");
		await expect(
			page.getByText(look.language === "id" ? "06.00" : "06:00", { exact: true }).first(),
			"hours are written as the language has it",
		).toBeVisible();
		await examine(page, `home-${look.name}`);
	});
}

test("the demo's account is one click away, and signing out ends the session", async ({ openOut }) => {
	const page = await openOut("/");
	await page.getByRole("button", { name: "Try the demo" }).click();
	await expect(page.getByRole("heading", { level: 1 })).toContainText("Hello");
	await page.getByRole("button", { name: "Your account" }).click();
	await examine(page, "account-menu");
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await expect(page.getByRole("button", { name: "Try the demo" })).toBeVisible();
	const answer = await page.request.get("/api/v1/me");
	expect(answer.status(), "the session after signing out").toBe(401);
});

test("a session that ends leads to the sign-in, and back", async ({ openOut }) => {
	const page = await openOut("/");
	await page.getByRole("button", { name: "Try the demo" }).click();
	await expect(page.getByRole("heading", { level: 1 })).toContainText("Hello");
	let live = false;
	page.on("framenavigated", () => (live = false));
	page.on("websocket", (socket) => socket.on("framereceived", () => (live = true)));
	await page.goto("/settings/account");
	await expect(page.getByLabel("Language")).toBeVisible();
	// A page that connects only now is refused, and leads to the sign-in before anything is clicked.
	await expect.poll(() => live, "the live connection").toBe(true);
	expect((await page.request.post("/api/v1/logout")).ok(), "signing out elsewhere").toBe(true);
	await page.getByRole("link", { name: "Contacts" }).click();
	await expect(page.getByText("Your session is over")).toBeVisible();
	await examine(page, "session-over");
	await page.getByRole("button", { name: "Try the demo" }).click();
	await expect(page).toHaveURL(/\/contacts$/);
	await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("a wrong password is said, and says what to do", async ({ openOut }) => {
	const page = await openOut("/login");
	await page.getByLabel("E-mail").fill("nobody@shop.example");
	await page.locator("input[autocomplete=current-password]").fill("not the right one");
	await page.getByRole("button", { name: "Sign in", exact: true }).click();
	await expect(page.getByRole("alert")).toContainText("wrong");
});

test("the palette and the keys lead everywhere", async ({ open }) => {
	const page = await open("/");
	await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
	await page.keyboard.press("Control+k");
	await page.getByRole("dialog").getByRole("combobox").fill("cont");
	await examine(page, "palette");
	await page.keyboard.press("Enter");
	await expect(page).toHaveURL(/\/contacts$/);
	await page.keyboard.press("g");
	await page.keyboard.press("s");
	await expect(page).toHaveURL(/\/settings$/);
	await page.keyboard.press("?");
	await expect(page.getByRole("dialog")).toContainText("Keyboard shortcuts");
	await examine(page, "keys");
});

for (const look of [looks[0], looks[3]] as Look[])
	test(`the palette finds a chat by name and by number, ${look.name}`, async ({ open }) => {
		const [who] = demo.phones;
		await customerWrites(who?.number ?? "", "Ada orang?");
		const page = await open("/", look);
		await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
		const palette = page.getByRole("dialog");
		for (const text of [who?.name.slice(0, 4) ?? "", who?.number.slice(-8) ?? ""]) {
			await page.keyboard.press("Control+k");
			await palette.getByRole("combobox").fill(text);
			await expect(palette.getByRole("option", { name: who?.name }).first()).toBeVisible();
			await examine(page, `palette-chats-${look.name}`);
			await page.keyboard.press("Escape");
		}
		await page.keyboard.press("Control+k");
		await page.keyboard.type(who?.number.slice(-8) ?? "");
		await expect(palette.getByRole("option", { selected: true })).toContainText(who?.name ?? "");
		await page.keyboard.press("Enter");
		await expect(page).toHaveURL(/\/inbox\/.+/);
		await expect(
			page
				.getByRole("main")
				.locator("header")
				.getByText(who?.name ?? "")
				.first(),
		).toBeVisible();
	});

test("language and look are kept", async ({ open }) => {
	const page = await open("/settings/account", desk);
	await page.getByLabel("Language").selectOption("id");
	await page.getByLabel("Tampilan").selectOption("dark");
	await page.reload();
	await expect(page.getByLabel("Tampilan")).toHaveValue("dark");
	await expect(page.locator("html")).toHaveAttribute("lang", "id");
	await examine(page, "settings-account");
});

test("what happens while the connection is away is there when it is back", async ({ open }) => {
	const first = await open("/inbox");
	const second = await open("/inbox");
	await expect(second.getByRole("heading", { level: 1 })).toBeVisible();
	const text = `masih buka kak ${Date.now()}`;
	await expect(first.getByRole("heading", { level: 1 })).toBeVisible();
	await first.context().setOffline(true);
	await expect(first.getByText("You are offline")).toBeVisible();
	await customerWrites(demo.phones.at(-1)?.number ?? "", text);
	await expect(second.getByText(text).first(), "the other tab hears at once").toBeVisible();
	await expect(first.getByText(text)).toHaveCount(0);
	await first.context().setOffline(false);
	await expect(first.getByText(text).first(), "without a reload").toBeVisible({ timeout: 30_000 });
});

test("addresses that are nothing say so", async ({ open }) => {
	const page = await open("/no-such-page");
	await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
	await examine(page, "not-found");
	for (const [path, status] of [
		["/api/v1/nothing", 404],
		["/docs/nothing", 404],
		["/assets/old-Zz0.js", 404],
	] as const) {
		expect((await page.request.get(path)).status(), path).toBe(status);
	}
});
