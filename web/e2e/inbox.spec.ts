import type { Page } from "@playwright/test";
import {
	customerWrites,
	demo,
	desk,
	examine,
	expect,
	type Look,
	looks,
	onNetwork,
	phone,
	stickingOut,
	test,
} from "./rig";

// One after the other: there are fewer customers than tests, and a list shows a chat's last word only.
test.describe.configure({ mode: "default" });

/** Whose chats these tests use. */
const [sari, budi, dewi, agus] = demo.phones.map((p) => p.number) as [string, string, string, string];
const nameOf = (number: string) => demo.phones.find((p) => p.number === number)?.name ?? "";

const say = (look: Look, id: string, en: string) => (look.language === "id" ? id : en);

/** Opens the chat with a customer from the list. */
async function openChat(page: Page, number: string) {
	await page.locator("#inbox-list").getByText(nameOf(number)).first().click();
	await expect(page.locator("#composer")).toBeVisible();
}

const thread = (page: Page) => page.locator("#thread");

for (const look of looks) {
	test(`the inbox, ${look.name}`, async ({ open }) => {
		await customerWrites(sari, `Kak, untuk ${look.name} ada?`);
		const page = await open("/inbox", look);
		await expect(page.locator("#inbox-list").getByText(nameOf(sari), { exact: true })).toBeVisible();
		await examine(page, `inbox-${look.name}`);
		await openChat(page, sari);
		await expect(thread(page).getByText(`untuk ${look.name} ada?`).last()).toBeVisible();
		if (look.width < 700) await expect(page.locator("#inbox-list"), "one pane at a time on a phone").toBeHidden();
		await examine(page, `thread-${look.name}`);
		await page.getByRole("button", { name: nameOf(sari) }).click();
		await expect(page.getByText(say(look, "Giliran menjawab", "Who answers"))).toBeVisible();
		await examine(page, `details-${look.name}`);
	});
}

test("a customer writes, a member answers, and the ticks tell how far it got", async ({ open }) => {
	const page = await open("/inbox");
	const question = `Masih ada brownies? ${Date.now()}`;
	await customerWrites(budi, question);
	await expect(page.locator("#inbox-list").getByText(question).first()).toBeVisible();
	await openChat(page, budi);
	await expect(thread(page).getByText(question)).toBeVisible();
	const answer = `Ada kak, *silakan* ${Date.now()}`;
	await page.locator("#composer").fill(answer);
	await page.keyboard.press("Enter");
	const bubble = thread(page).locator("article").last();
	await expect(bubble.locator("strong")).toHaveText("silakan");
	await expect(bubble.locator("[data-state=delivered], [data-state=read]")).toBeVisible({ timeout: 30_000 });
	await expect(thread(page).getByText("silakan"), "one bubble, not two").toHaveCount(
		await thread(page).locator("strong", { hasText: "silakan" }).count(),
	);
	await expect(page.getByRole("main").getByText("A person answers"), "whoever answers takes the turn").toBeVisible();
	await expect(page.locator("#inbox-list a[aria-current]"), "the list says who wrote last").toContainText("You:");
	await page.reload();
	await expect(thread(page).getByText(question)).toBeVisible();
});

for (const look of [phone, desk]) {
	test(`a customer calls, ${look.name}`, async ({ open }) => {
		const page = await open("/inbox", look);
		await customerWrites(agus, `Boleh telepon? ${look.name}`);
		await openChat(page, agus);
		await expect(thread(page).getByText(`Boleh telepon? ${look.name}`).last(), "the thread is there").toBeVisible();
		const calls = thread(page).locator("article", { hasText: say(look, "Panggilan video", "Video call") });
		const before = await calls.count();
		const { id } = await onNetwork<{ id: string }>(`/${agus}/calls`, { to: demo.devices[0]?.number, video: true });
		await expect(calls, `the call ${id}`).toHaveCount(before + 1);
		await expect(calls.last().getByRole("button"), "nothing can be done with a call").toHaveCount(0);
		await examine(page, `call-${look.name}`);
	});
}

for (const look of [phone, desk]) {
	test(`what happens to a group, ${look.name}`, async ({ open }) => {
		const page = await open("/inbox", look);
		const name = `Alumni ${look.name}`;
		const made = await onNetwork<{ jid: string }>(`/${agus}/groups`, {
			name,
			members: [demo.devices[0]?.number, sari],
		});
		await page.locator("#inbox-list").getByText(name).first().click();
		await expect(
			thread(page).getByText(say(look, "memasukkanmu ke grup ini", "put you into this group")),
			"the chat begins with how the shop came in",
		).toHaveText(new RegExp(nameOf(agus)));
		await onNetwork(`/${agus}/groups/${made.jid}`, { name: `${name} 2027` });
		await onNetwork(`/${agus}/groups/${made.jid}/members`, { action: "promote", people: [sari] });
		const lines = thread(page).locator("[data-message]");
		await expect(lines).toHaveText([
			new RegExp(nameOf(agus)),
			say(
				look,
				`${nameOf(agus)} mengganti nama grup menjadi “${name} 2027”`,
				`${nameOf(agus)} renamed the group “${name} 2027”`,
			),
			say(look, `sekarang admin: ${nameOf(sari)}`, `now an admin: ${nameOf(sari)}`),
		]);
		await examine(page, `group-lines-${look.name}`);
	});
}

test("reply, react, edit, forward and delete from the menu of a message", async ({ open }) => {
	const page = await open("/inbox");
	const question = `Bisa kirim hari ini? ${Date.now()}`;
	await customerWrites(dewi, question);
	await openChat(page, dewi);
	const theirs = thread(page).locator("article", { hasText: question }).first();
	await theirs.getByRole("button", { name: "Message actions" }).click();
	await expect(page.getByRole("menuitem", { name: "Reply" })).toBeVisible();
	await examine(page, "message-menu");
	await page.getByRole("menuitem", { name: "Reply" }).click();
	await page.locator("#composer").fill("Bisa kak");
	await page.keyboard.press("Enter");
	const mine = thread(page).locator("article", { hasText: "Bisa kak" }).last();
	await expect(mine.getByText(question), "the message replied to is quoted").toBeVisible();
	await expect(mine.locator("[data-state=delivered], [data-state=read]")).toBeVisible({ timeout: 30_000 });
	await theirs.getByRole("button", { name: "Message actions" }).click();
	await page.getByRole("menuitem", { name: "React with 👍" }).click();
	await expect(theirs.getByRole("button", { name: "👍 by 1" })).toBeVisible();
	await mine.getByRole("button", { name: "Message actions" }).click();
	await page.getByRole("menuitem", { name: "Edit" }).click();
	await page.locator("#composer").fill("Bisa kak, sore ini");
	await page.keyboard.press("Enter");
	await expect(thread(page).getByText("Bisa kak, sore ini")).toBeVisible();
	await expect(thread(page).getByText("edited", { exact: true })).toBeVisible();
	const edited = thread(page).locator("article", { hasText: "sore ini" });
	await edited.getByRole("button", { name: "Message actions" }).click();
	await page.getByRole("menuitem", { name: "Delete for everyone" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
	await expect(thread(page).getByText("You took this message back")).toBeVisible();
});

test("the keyboard alone: j, k, r, /, e and Esc; notes and templates", async ({ open }) => {
	const text = `Titip ${Date.now()}`;
	await customerWrites(agus, text);
	const page = await open("/inbox");
	await expect(page.locator("#inbox-list").getByText(text)).toBeVisible();
	await page.keyboard.press("j");
	await expect(page).toHaveURL(/\/inbox\/.+/);
	const first = page.url();
	await expect(page.locator("#composer")).toBeVisible();
	await page.keyboard.press("j");
	await expect(page, "the second key goes on, and is no text").not.toHaveURL(first);
	await expect(page.locator("#composer")).toHaveValue("");
	await page.keyboard.press("k");
	await expect(page).toHaveURL(first);
	await openChat(page, dewi);
	await expect(page.locator("#composer"), "who chooses a chat goes on to write").toBeFocused();
	await openChat(page, agus);
	await page.locator("#composer").focus();
	await page.keyboard.press("Escape");
	await page.keyboard.press("r");
	await expect(page.getByText("Replying")).toBeVisible();
	await page.keyboard.press("Escape");
	await page.locator("#composer").fill("/");
	await expect(page.getByText("Pesanan siap")).toBeVisible();
	await page.keyboard.press("Enter");
	await expect(page.locator("#composer")).toHaveValue(new RegExp(`${nameOf(agus)}, pesananmu`));
	await page.locator("#composer").fill("/peng");
	await expect(page.getByText("Pengingat pembayaran")).toBeVisible();
	await page.keyboard.press("Enter");
	await expect(page.locator("#composer")).toHaveValue(/pembayaran \{amount\}/);
	await page.keyboard.type("Rp20.000");
	await expect(page.locator("#composer"), "what is not known is chosen, to be written over").toHaveValue(
		/pembayaran Rp20\.000 jatuh tempo \{due\}/,
	);
	await page.reload();
	await expect(page.locator("#composer"), "the draft is kept").toHaveValue(/Rp20\.000/);
	await page.locator("#composer").fill("");
	await page.getByRole("button", { name: "Write a team note" }).click();
	await page.locator("#note").fill("Cek stok dulu, @Demo");
	await page.keyboard.press("Enter");
	await expect(thread(page).getByText("Cek stok dulu, @Demo")).toBeVisible();
	await page.getByRole("button", { name: "Change the note" }).last().click();
	await expect(page.locator("#note")).toHaveValue("Cek stok dulu, @Demo");
	await page.locator("#note").fill("Stoknya ada, @Demo");
	await page.keyboard.press("Enter");
	await expect(thread(page).locator("article", { hasText: "Stoknya ada, @Demo" })).toContainText("edited");
	await expect(thread(page).getByText("Cek stok dulu")).toHaveCount(0);
	await page.locator("#thread").focus();
	await page.keyboard.press("/");
	await page.keyboard.type(text);
	const found = page.getByRole("region", { name: "What was found" });
	await expect(found.getByText(text.split(" ")[1] ?? "").first()).toBeVisible();
	await page.keyboard.press("ArrowDown");
	await expect(found.getByRole("link").first(), "an arrow leads to what was found").toBeFocused();
	await page.keyboard.press("Enter");
	await expect(page).toHaveURL(/message=/);
	await expect(thread(page).getByText(text).first()).toBeVisible();
	await page.locator("#thread").focus();
	await page.keyboard.press("e");
	await expect(page.getByRole("button", { name: "Open again" })).toBeVisible();
	await page.keyboard.press("e");
	await expect(page.getByRole("button", { name: "Resolve" })).toBeVisible();
});

test("what is written while the connection is away goes by itself when it is back", async ({ open }) => {
	await customerWrites(budi, "Masih di situ?");
	const page = await open("/inbox");
	await openChat(page, budi);
	const theirs = thread(page).locator("article", { hasText: "Masih di situ?" }).last();
	await theirs.getByRole("button", { name: "Message actions" }).click();
	await expect(page.getByRole("menuitem", { name: "Star" }), "the menu's code is there").toBeVisible();
	await page.keyboard.press("Escape");
	await page.context().setOffline(true);
	await expect(page.getByText("You are offline")).toBeVisible();
	const text = `Masih kak ${Date.now()}`;
	await page.locator("#composer").fill(text);
	await page.keyboard.press("Enter");
	const bubble = thread(page).locator("article", { hasText: text });
	await expect(bubble.getByText("It goes by itself")).toBeVisible();
	await theirs.getByRole("button", { name: "Message actions" }).click();
	await page.getByRole("menuitem", { name: "Star" }).click();
	await expect(page.getByText("The server can't be reached").first()).toBeVisible();
	await expect(theirs, "what was there stays").toBeVisible();
	await expect(theirs.getByLabel("Starred"), "what could not be done is not shown").toHaveCount(0);
	await examine(page, "offline-sent-1440");
	await page.context().setOffline(false);
	await expect(bubble.locator("[data-state=delivered], [data-state=read]")).toBeVisible({ timeout: 60_000 });
	await expect(bubble, "once").toHaveCount(1);
});

test("what waits for a connection outlives the page, and goes with who signs out", async ({ openOut }) => {
	await customerWrites(budi, "Masih ada yang hangat?");
	const page = await openOut("/login");
	// A session of its own, because it ends here.
	await page.request.post("/api/v1/login", { data: { email: demo.email, password: demo.password } });
	await page.goto("/inbox");
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.reload(); // the worker keeps what this page needs
	await openChat(page, budi);
	await expect(thread(page).getByText("Masih ada yang hangat?").last()).toBeVisible();
	await page.context().setOffline(true);
	const text = `Masih kak, baru matang ${Date.now()}`;
	await page.locator("#composer").fill(text);
	await page.keyboard.press("Enter");
	const bubble = page.getByRole("main").locator("article", { hasText: text });
	await expect(bubble.getByText("It goes by itself")).toBeVisible();
	await page.reload();
	await expect(bubble.getByText("It goes by itself"), "it waits on, though nothing else can be read").toBeVisible();
	await examine(page, "unsent-offline-1440");
	await page.setViewportSize({ width: 360, height: 740 });
	await examine(page, "unsent-offline-360");
	await page.setViewportSize(desk);
	await page.context().setOffline(false);
	await expect(bubble.locator("[data-state=delivered], [data-state=read]")).toBeVisible({ timeout: 60_000 });
	await expect(bubble, "once").toHaveCount(1);

	const keptHere = () =>
		page.evaluate(() => Object.keys(localStorage).filter((key) => /^ping\.own\..*\.unsent\./.test(key)).length);
	expect(await keptHere(), "what was taken is kept no longer").toBe(0);
	await page.route("**/api/v1/chats/*/messages", (route) =>
		route.request().method() === "POST" ? route.abort("internetdisconnected") : route.continue(),
	);
	const never = `Tidak jadi ${Date.now()}`;
	await page.locator("#composer").fill(never);
	await page.keyboard.press("Enter");
	await expect.poll(keptHere).toBe(1);
	await page.route("**/api/v1/chats/*/draft", (route) => route.abort("internetdisconnected"));
	await page.locator("#composer").fill("Belum selesai kutulis");
	const own = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("ping.own.")).length);
	expect(await own(), "a draft, and what is not sent").toBe(2);
	const at = new URL(page.url()).pathname;
	await page.getByRole("button", { name: "Your account" }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await expect(page).toHaveURL(/\/login/);
	expect(await own(), "what is left of who has signed out").toBe(0);
	await page.request.post("/api/v1/login", { data: { email: demo.email, password: demo.password } });
	await page.goto(at);
	await expect(thread(page).getByText(text)).toBeVisible();
	await expect(thread(page).getByText(never)).toHaveCount(0);
});

test("what was made though its answer was lost is there once", async ({ open }) => {
	const asked = `Boleh dicatat ya ${Date.now()}`;
	await customerWrites(dewi, asked);
	const page = await open("/inbox");
	await openChat(page, dewi);
	// In the page itself: what a service worker asks for is not seen from outside.
	const loseAnswer = (end: string) =>
		page.evaluate((end) => {
			const real = window.fetch;
			window.fetch = async (input, init) => {
				const answer = await real(input, init);
				if (!(input instanceof Request) || input.method !== "POST" || !input.url.endsWith(end)) return answer;
				window.fetch = real;
				throw new TypeError("the answer is lost");
			};
		}, end);
	await loseAnswer("/notes");
	const note = `Catat ${Date.now()}`;
	await page.getByRole("button", { name: "Write a team note" }).click();
	await page.locator("#note").fill(note);
	await page.keyboard.press("Enter");
	await expect(page.getByRole("button", { name: "Dismiss" }), "that it went wrong is said").toBeVisible();
	await page.locator("#note").press("Enter");
	await expect(page.locator("#note")).toHaveCount(0);
	await page.reload();
	await expect(thread(page).getByText(note)).toHaveCount(1);

	await loseAnswer("/scheduled");
	const later = `Nanti ${Date.now()}`;
	await page.locator("#composer").fill(later);
	await page.getByRole("button", { name: "Send later" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("button", { name: "Schedule" }).click();
	await expect(dialog.getByRole("alert"), "that it went wrong is said").toBeVisible();
	await dialog.getByRole("button", { name: "Schedule" }).click();
	await expect(dialog).toHaveCount(0);
	const chat = page.url().split("/").pop()?.split("?")[0];
	const answer = await page.request.get(`/api/v1/chats/${chat}/scheduled`);
	const { items } = (await answer.json()) as { items: { id: string; content: { text?: string } }[] };
	const mine = items.filter((one) => one.content.text === later);
	expect(mine, "what is scheduled").toHaveLength(1);
	await page.request.delete(`/api/v1/scheduled/${mine[0]?.id}`);

	await loseAnswer("/forward");
	const theirs = thread(page).locator("article", { hasText: asked }).last();
	await theirs.getByRole("button", { name: "Message actions" }).click();
	await page.getByRole("menuitem", { name: "Forward" }).click();
	await dialog.getByRole("checkbox", { name: nameOf(budi) }).check();
	await dialog.getByRole("button", { name: "Forward to 1" }).click();
	await expect(page.getByText("The server can't be reached").first()).toBeVisible();
	await dialog.getByRole("button", { name: "Forward to 1" }).click();
	await expect(dialog).toHaveCount(0);
	await openChat(page, budi);
	await expect(thread(page).locator("article", { hasText: asked })).toHaveCount(1);
});

test("whether a customer is online is told as long as it is so", async ({ open }) => {
	await customerWrites(agus, "Lagi di HP");
	const page = await open("/inbox");
	await openChat(page, agus);
	const head = page
		.getByRole("main")
		.locator("header")
		.getByRole("button", { name: nameOf(agus) });
	await onNetwork(`/${agus}/presence`, { online: true });
	await expect(head).toContainText("online ·");
	await onNetwork(`/${agus}/presence`, { online: false });
	await expect(head).toContainText("last online");
	await examine(page, "presence-1440");
});

test("what is kept about a contact stands beside its thread, as it is called", async ({ open }) => {
	await customerWrites(sari, "Ini aku lagi");
	const page = await open("/inbox");
	const made = await page.request.post("/api/v1/contact-fields", {
		data: { name: `Punya kartu ${Date.now()}`, kind: "yes_no" },
	});
	const field = (await made.json()) as { id: string; key: string; name: string };
	const found = await page.request.get(`/api/v1/contacts?search=${sari}`);
	const [contact] = ((await found.json()) as { items: { id: string }[] }).items;
	await page.request.patch(`/api/v1/contacts/${contact?.id}`, { data: { fields: { [field.key]: "yes" } } });
	await openChat(page, sari);
	await page.getByRole("button", { name: "About the contact" }).click();
	const aside = page.getByRole("complementary", { name: "About the contact" });
	await expect(aside.getByText(field.name), "a field by its name, not by its key").toBeVisible();
	await expect(aside.getByRole("definition").filter({ hasText: /^Yes$/ })).toBeVisible();
	await expect(aside.getByRole("list", { name: "Addresses" })).toContainText("WhatsApp");
	const note = `Suka pedas ${Date.now()}`;
	await page.request.patch(`/api/v1/contacts/${contact?.id}`, { data: { note } });
	await expect(aside.getByLabel("Note", { exact: true }), "what a colleague writes").toHaveValue(note);
	const name = `VIP ${Date.now()} `.padEnd(50, "M");
	const tag = (await (await page.request.post("/api/v1/tags", { data: { name } })).json()) as { id: string };
	await page.request.patch(`/api/v1/contacts/${contact?.id}`, { data: { add_tags: [tag.id] } });
	await expect(aside.getByText(name)).toBeVisible();
	const wide = await aside
		.locator("section")
		.first()
		.evaluate((box) => box.scrollWidth - box.clientWidth);
	expect(wide, "pixels by which the longest tag is wider than the pane").toBe(0);
	await page.request.delete(`/api/v1/tags/${tag.id}`);
	await page.request.delete(`/api/v1/contact-fields/${field.id}`);
});

test("the labels of a chat stand in its row, and follow what becomes of them", async ({ open }) => {
	await customerWrites(dewi, "Kak, pesanan yang tadi sudah dikirim belum ya?");
	const page = await open("/inbox");
	const row = (on: Page) => on.locator("#inbox-list a", { hasText: nameOf(dewi) });
	const chat = (await row(page).getAttribute("href"))?.split("/").at(-1);
	const labels = `/api/v1/devices/${demo.devices[0]?.id}/labels`;
	const names = ["Lunas", "Pelanggan grosir dari luar kota", "Kirim besok", "VIP"];
	const ids: string[] = [];
	for (const [i, name] of names.entries()) {
		const made = await page.request.post(labels, { data: { name, color: i * 5 } });
		ids.push(((await made.json()) as { id: string }).id);
		await page.request.put(`/api/v1/chats/${chat}/labels/${ids[i]}`);
	}
	await expect(row(page), "what has just been put on").toContainText("+2");
	await expect(row(page)).toHaveAccessibleName(new RegExp(names.join(", ")));
	for (const look of looks) {
		const other = await open("/inbox", look);
		await expect(row(other).getByText("Lunas", { exact: true })).toBeVisible();
		const spill = await row(other).evaluate((box) => [
			box.scrollWidth - box.clientWidth,
			box.scrollHeight - box.clientHeight,
		]);
		expect(spill, "pixels by which the row is too small").toEqual([0, 0]);
		expect(await stickingOut(other)).toEqual([]);
		await examine(other, `labels-in-rows-${look.name}`);
	}
	await page.request.patch(`${labels}/${ids[0]}`, { data: { name: "Sudah bayar" } });
	await expect(row(page)).toContainText("Sudah bayar");
	for (const id of ids) await page.request.delete(`${labels}/${id}`);
	await expect(row(page)).not.toContainText("Sudah bayar");
});

test("a picture is pasted, uploaded and shown", async ({ open }) => {
	await customerWrites(budi, "Boleh lihat fotonya?");
	const page = await open("/inbox", phone);
	await openChat(page, budi);
	const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
	const input = page.locator("input[type=file]");
	await input.setInputFiles({ name: "brownies.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") });
	await expect(page.getByRole("list", { name: "Berkas yang dikirim" })).toContainText("brownies.png");
	await page.locator("#composer").fill("Ini kak");
	await page.getByRole("button", { name: "Kirim", exact: true }).click();
	const bubble = thread(page).locator("article", { hasText: "Ini kak" }).last();
	await expect(bubble.getByRole("button", { name: "Perbesar foto" })).toBeVisible();
	await bubble.getByRole("button", { name: "Perbesar foto" }).click();
	await expect(page.getByRole("dialog").getByRole("img")).toBeVisible();
	await examine(page, "viewer-360");
});

test("what a customer writes is text, whatever it is", async ({ open }) => {
	const hostile = [
		`<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
		"javascript:alert(1) data:text/html,x https://toko.example/‮gpj.exe",
		"‮‮ balik ⁦ arah ".repeat(20),
		"😀".repeat(15_000),
		"a".repeat(5_000),
		"*".repeat(3_000),
	];
	for (const text of hostile) await customerWrites(dewi, text);
	for (const look of [phone, desk]) {
		const page = await open("/inbox", look);
		await openChat(page, dewi);
		await expect(thread(page).getByText("*".repeat(100)).last()).toBeVisible();
		await thread(page).evaluate((box) => box.scrollTo(0, 0));
		await expect(page).not.toHaveTitle(/owned/);
		expect(await thread(page).locator("script, img[src=x]").count(), "elements made of a message").toBe(0);
		const links = await thread(page)
			.locator("a")
			.evaluateAll((list) => list.map((a) => (a as HTMLAnchorElement).protocol));
		expect(links.filter((protocol) => !["http:", "https:", "tel:"].includes(protocol))).toEqual([]);
		const widest = await thread(page).evaluate((box) => box.scrollWidth - box.clientWidth);
		expect(widest, "pixels by which a message is wider than the thread").toBeLessThanOrEqual(0);
		const tallest = await thread(page)
			.locator("article")
			.evaluateAll((list) => Math.max(...list.map((a) => a.clientHeight)));
		expect(tallest, "a long text is cut until somebody asks").toBeLessThan(700);
		await examine(page, `hostile-${look.name}`);
	}
});
