import type { Page } from "@playwright/test";
import { PushServer } from "./push-server";
import { customerWrites, demo, desk, examine, expect, looks, onNetwork, test } from "./rig";

/** Stands in for the browser's own push service, which would be somewhere else: what it gives a page is the test's. */
async function subscribes(page: Page, server: PushServer): Promise<void> {
	await page.context().grantPermissions(["notifications"], { origin: demo.url });
	await page.addInitScript((given) => {
		let now: object | null = null;
		const key = { value: new ArrayBuffer(0) };
		PushManager.prototype.getSubscription = async () => now as PushSubscription | null;
		PushManager.prototype.subscribe = async (options) => {
			const text = String(options?.applicationServerKey).replaceAll("-", "+").replaceAll("_", "/");
			key.value = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
			now = {
				...given,
				toJSON: () => given,
				options: { applicationServerKey: key.value },
				unsubscribe: async () => {
					now = null;
					return true;
				},
			};
			return now as PushSubscription;
		};
	}, server.subscription);
}

/** Hands the worker a push, as the browser does that has opened it. */
async function deliver(page: Page, data: string): Promise<void> {
	// One that is still being installed is told nothing.
	await expect
		.poll(() => page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state))
		.toBe("activated");
	const devtools = await page.context().newCDPSession(page);
	const registration = new Promise<string>((resolve) => {
		devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
			const one = registrations.find((r) => !r.isDeleted && r.scopeURL.startsWith(demo.url));
			if (one) resolve(one.registrationId);
		});
	});
	await devtools.send("ServiceWorker.enable");
	await devtools.send("ServiceWorker.deliverPushMessage", {
		origin: demo.url,
		registrationId: await registration,
		data,
	});
	await devtools.detach();
}

/** A customer of this test's own, whose chat no other test opens or reads, and in which a person has the turn: what a rule answers is told to nobody. */
async function customer(page: Page): Promise<string> {
	const { number } = await onNetwork<{ number: string }>("", { name: "Lonceng" });
	await customerWrites(number, "Halo kak");
	const chat = async () => {
		const answer = await page.request.get("/api/v1/chats?limit=100");
		const { items } = (await answer.json()) as { items: { id: string; contact: { phone?: string } }[] };
		return items.find((one) => one.contact.phone === number)?.id;
	};
	await expect.poll(chat).toBeTruthy();
	const moved = await page.request.patch(`/api/v1/chats/${await chat()}`, { data: { turn: "human" } });
	expect(moved.ok(), await moved.text()).toBe(true);
	return number;
}

const shown = (page: Page) =>
	page.evaluate(async () => {
		const registration = await navigator.serviceWorker.ready;
		return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
	});

test("a browser is told of a message, and shows it once per chat", async ({ openOut }) => {
	const server = await PushServer.start();
	const page = await openOut("/healthz", desk);
	await subscribes(page, server);
	// A session of its own: bells are a session's, and other tests share theirs.
	const signedIn = await page.request.post("/api/v1/login", { data: { email: demo.email, password: demo.password } });
	expect(signedIn.ok(), await signedIn.text()).toBe(true);

	await page.goto("/settings/notifications");
	await page.getByRole("switch", { name: "Notify in this browser" }).click();
	await expect(page.getByRole("switch", { name: "Notify in this browser" })).toBeChecked();
	await expect(page.getByRole("checkbox", { name: "Messages in nobody's chats" })).toBeChecked();
	await expect(page.getByRole("checkbox", { name: "Messages in groups" })).not.toBeChecked();

	await page.getByRole("button", { name: "Send a test" }).click();
	const tried = await server.next();
	expect(JSON.parse(tried)).toMatchObject({ kind: "test", title: "Notifications are on" });
	await deliver(page, tried);
	await expect.poll(() => shown(page)).toEqual([expect.objectContaining({ title: "Notifications are on" })]);

	const text = `ada orang? ${Date.now()}`;
	await customerWrites(await customer(page), text);
	let told = JSON.parse(await server.next());
	while (!String(told.body).includes(text)) told = JSON.parse(await server.next()); // other tests' customers write too
	expect(told.path).toMatch(/^\/inbox\/./);
	await deliver(page, JSON.stringify(told));
	await deliver(page, JSON.stringify({ ...told, body: "lagi" }));
	await expect
		.poll(async () => (await shown(page)).filter((one) => one.tag === told.tag))
		.toEqual([expect.objectContaining({ body: "lagi" })]);

	// The chat is opened: what was shown of it goes away.
	await page.goto(told.path);
	await expect
		.poll(async () => (await shown(page)).filter((one) => one.tag === told.tag), { timeout: 90_000 })
		.toEqual([]);

	await page.goto("/settings/notifications");
	server.refuse = 410;
	await expect(page.getByRole("switch", { name: "Notify in this browser" })).toBeChecked();
	await expect
		.poll(
			async () => {
				const answered = page.waitForResponse((answer) => answer.url().endsWith("/me/bell/test"));
				await page.getByRole("button", { name: "Send a test" }).click();
				await answered;
				return ((await (await page.request.get("/api/v1/me/bell")).json()) as { on: boolean }).on;
			},
			{ intervals: [6_000], timeout: 60_000 },
		)
		.toBe(false);
	await page.evaluate(() => localStorage.removeItem("ping.bell")); // a page that wishes for it asks the browser for another address
	await page.reload();
	await expect(page.getByRole("switch", { name: "Notify in this browser" })).not.toBeChecked();
	server.stop();
});

for (const look of looks) {
	test(`notifications are set on a screen: ${look.name}`, async ({ openOut }) => {
		const server = await PushServer.start();
		const page = await openOut("/healthz", look);
		await subscribes(page, server);
		await page.request.post("/api/v1/login", { data: { email: demo.email, password: demo.password } });
		await page.goto("/settings/notifications");
		const bell = page.getByRole("switch", { name: /in this browser|di browser ini/ });
		await bell.click(); // it is on when the server knows
		await expect(bell).toBeChecked();
		await expect(page.getByRole("checkbox")).toHaveCount(7);
		await examine(page, `notifications-${look.name}`);
		server.stop();
	});
}

test("who has blocked notifications is told how to allow them", async ({ open }) => {
	const page = await open("/settings/notifications");
	await page.evaluate(() => Object.defineProperty(Notification, "permission", { get: () => "denied" }));
	await page.getByRole("link", { name: "Security" }).click();
	await page.getByRole("link", { name: "Notifications" }).click();
	await expect(page.getByText("Notifications are blocked")).toBeVisible();
});

test("the app can be installed, and opens without a connection", async ({ open }) => {
	const page = await open("/");
	await page.evaluate(() => navigator.serviceWorker.ready);
	// One that is still being installed is told nothing.
	await expect
		.poll(() => page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state))
		.toBe("activated");
	const devtools = await page.context().newCDPSession(page);
	const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
	// Playwright's windows are all incognito, which nothing can be installed from.
	expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
	const { errors } = await devtools.send("Page.getAppManifest");
	expect(errors).toEqual([]);
	// What the first screens need, as the build wrote it into the worker.
	const worker = await (await page.request.get("/sw.js")).text();
	const first = JSON.parse(/const first = (\[[^\]]*\])/.exec(worker)?.[1] ?? "[]") as string[];
	expect(first.length).toBeGreaterThan(3);
	const missing = () =>
		page.evaluate(async (paths) => {
			const kept = await caches.open("ping-1");
			const found = await Promise.all(paths.map((path) => kept.match(path)));
			return paths.filter((_, i) => !found[i]);
		}, first);
	await expect.poll(missing).toEqual([]);
	await page.context().setOffline(true);
	await page.goto("/inbox");
	await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
	const banner = page.getByRole("status").filter({ hasText: /You are offline|connection/i });
	await expect(banner).toBeVisible();
	await page.context().setOffline(false);
	await expect(banner).toBeHidden({ timeout: 60_000 });
	await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
});
