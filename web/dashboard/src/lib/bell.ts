import { api, ask, type Schema } from "@/lib/api/client";
import { language } from "@/lib/words";

export type Bell = Schema["NotifyView"];
export type BellKind = Bell["kinds"][number];

/** Whether this browser can tell its person of something while no page is open, and if not, why. */
export type Ability = "ready" | "install" | "blocked" | "insecure" | "unable";

export function ability(): Ability {
	if (!window.isSecureContext) return "insecure";
	if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
		return onIOS() ? "install" : "unable";
	return Notification.permission === "denied" ? "blocked" : "ready";
}

/** iPhones and iPads take notifications only for a page that is on the home screen. */
function onIOS(): boolean {
	const { userAgent, maxTouchPoints } = navigator;
	return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}

const storageKey = "ping.bell";

/** Which member wants to be told in this browser: sessions end, the wish stays. */
function wisher(): string | null {
	try {
		return localStorage.getItem(storageKey);
	} catch {
		return null;
	}
}

function wish(member: string | null): void {
	try {
		if (member) localStorage.setItem(storageKey, member);
		else localStorage.removeItem(storageKey);
	} catch {
		// Then it is asked for again after the next sign-in.
	}
}

async function worker(): Promise<ServiceWorkerRegistration> {
	await navigator.serviceWorker.register("/sw.js");
	return navigator.serviceWorker.ready;
}

/** What the browser's push service gave it, for the installation's key; another key's is given back. */
async function subscription(key: string): Promise<PushSubscription> {
	const { pushManager } = await worker();
	const known = await pushManager.getSubscription();
	if (known && keyOf(known) === key) return known;
	await known?.unsubscribe();
	return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

export function keyOf(known: PushSubscription): string {
	const bytes = new Uint8Array(known.options.applicationServerKey ?? new ArrayBuffer());
	return btoa(String.fromCharCode(...bytes))
		.replaceAll("+", "-")
		.replaceAll("/", "_")
		.replaceAll("=", "");
}

export interface Choice {
	kinds?: BellKind[];
	preview?: boolean;
}

/** Has this browser told, of what is chosen. It throws a Fault, or what the browser says when it refuses. */
export async function switchOn(bell: Bell, member: string, choice: Choice = {}): Promise<Bell> {
	const { endpoint = "", keys } = (await subscription(bell.key)).toJSON();
	const body = {
		endpoint,
		keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" },
		language: language(),
		...choice,
	};
	const now = await ask(api.PUT("/me/bell", { body }));
	wish(member);
	return now;
}

/** Has this browser told no more. */
export async function switchOff(): Promise<void> {
	await ask(api.DELETE("/me/bell"));
	wish(null);
	const registration = await navigator.serviceWorker.getRegistration();
	await (await registration?.pushManager.getSubscription())?.unsubscribe();
}

/** After a sign-in, has the browser told again as its member wished before; the session that was told is over. */
export async function keepBell(member: string): Promise<void> {
	if (wisher() !== member || ability() !== "ready" || Notification.permission !== "granted") return;
	const bell = await ask(api.GET("/me/bell"));
	if (!bell.on) await switchOn(bell, member);
}

/** Takes away what was shown of a chat that is open now. */
export async function unring(chat: string): Promise<void> {
	if (!("serviceWorker" in navigator)) return;
	const registration = await navigator.serviceWorker.getRegistration();
	const shown = await registration?.getNotifications?.();
	for (const one of shown ?? []) if ((one.data as { path?: string })?.path === `/inbox/${chat}`) one.close();
}
