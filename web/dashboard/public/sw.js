// Keeps the app's frame so that it opens at once, and without a connection, and shows notices while no page is open.
// Only files of ours are kept; never what the API answers.
const shelf = "ping-1";

/** How many files are kept; beyond that, those of older builds go first. */
const most = 300;

/** What the first screens need; the build writes it here, so that every build has another worker. */
const first = [];

/** The address under which the page itself is kept, whatever address it was asked for by. */
const page = "/";

self.addEventListener("install", (event) => {
	event.waitUntil(
		(async () => {
			const kept = await caches.open(shelf);
			// One that fails comes with the first use.
			await Promise.allSettled([page, ...first].map((path) => keep(kept, path)));
			await self.skipWaiting();
		})(),
	);
});

async function keep(kept, path) {
	if (path !== page && (await kept.match(path))) return;
	const answer = await fetch(path);
	if (answer.ok) await kept.put(path, answer);
}

self.addEventListener("activate", (event) => {
	event.waitUntil(
		(async () => {
			for (const name of await caches.keys()) if (name !== shelf) await caches.delete(name);
			await self.clients.claim();
		})(),
	);
});

/** Pages come from the server; without one, the last that came. */
async function fromServer(request) {
	const kept = await caches.open(shelf);
	try {
		const answer = await fetch(request);
		if (answer.ok) await kept.put(page, answer.clone());
		return answer;
	} catch (error) {
		const old = await kept.match(page);
		if (old) return old;
		throw error;
	}
}

/** Files with a hash in their name never change. */
async function asset(request) {
	const kept = await caches.open(shelf);
	const old = await kept.match(request);
	if (old) return old;
	const answer = await fetch(request);
	if (answer.ok) {
		await kept.put(request, answer.clone());
		const all = await kept.keys();
		for (const one of all.slice(0, Math.max(0, all.length - most))) await kept.delete(one);
	}
	return answer;
}

/** The few others that the frame needs: from the server, or as they were. */
async function lasting(request) {
	try {
		return await fetch(request);
	} catch (error) {
		const old = await (await caches.open(shelf)).match(request);
		if (old) return old;
		throw error;
	}
}

/** Addresses that are no page of the dashboard. */
const others = /^\/(api|api-app|docs|live|healthz|metrics)(\/|$)/;

self.addEventListener("fetch", (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== "GET" || url.origin !== location.origin || others.test(url.pathname)) return;
	if (request.mode === "navigate") event.respondWith(fromServer(request));
	else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
	else if (first.includes(url.pathname)) event.respondWith(lasting(request));
});

self.addEventListener("push", (event) => {
	event.waitUntil(show(event.data?.json()));
});

/** Shows a notice in place of an older one of the same tag; not when what it is about is before the person's eyes. */
async function show(notice) {
	if (!notice?.title) return;
	const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
	const looks = ({ focused, visibilityState, url }) =>
		focused && visibilityState === "visible" && new URL(url).pathname === notice.path;
	if (notice.kind !== "test" && open.some(looks)) return;
	await self.registration.showNotification(notice.title, {
		body: notice.body,
		tag: notice.tag,
		renotify: true,
		lang: notice.lang,
		icon: "/icon-192.png",
		badge: "/badge-96.png",
		timestamp: notice.at || Date.now(),
		data: { path: notice.path },
	});
}

self.addEventListener("notificationclick", (event) => {
	event.notification.close();
	event.waitUntil(lead(event.notification.data?.path ?? "/"));
});

/** Leads to a page of ours: in a window that is open already, without loading it anew, or else in a new one. */
async function lead(path) {
	const open = await self.clients.matchAll({ type: "window" });
	const best = open.find((one) => new URL(one.url).pathname === path) ?? open.find((one) => one.focused) ?? open[0];
	if (!best) return self.clients.openWindow(path);
	best.postMessage({ open: path });
	return best.focus();
}

/** The push service has another address for this browser: the server is told, and everything else stays as it was chosen. */
self.addEventListener("pushsubscriptionchange", (event) => {
	event.waitUntil(
		(async () => {
			const asked = await fetch("/api/v1/me/bell");
			if (!asked.ok) return;
			const { key, on } = await asked.json();
			if (!on) return;
			const next =
				event.newSubscription ??
				(await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
			const { endpoint, keys } = next.toJSON();
			await fetch("/api/v1/me/bell", {
				method: "PUT",
				headers: { "Content-Type": "application/json" },
				body: JSON.stringify({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } }),
			});
		})(),
	);
});
