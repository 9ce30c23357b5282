import { whenIdle } from "@/lib/idle";
import { say } from "@/lib/words";
import { toast } from "@/ui/toast";
import { appWords } from "./words";

/**
 * Keeps the app's frame on the device, so that it opens without a connection, and offers a newer one when it is there.
 * A notice that was clicked leads to its page. A page whose script is gone because the server has a newer build is loaded anew.
 */
export function keepReady(open: (path: string) => void): void {
	addEventListener("vite:preloadError", () => navigator.onLine && offer());
	if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
	const controlled = navigator.serviceWorker.controller !== null;
	whenIdle(() => {
		installable();
		navigator.serviceWorker.register("/sw.js").then(askAgain, () => undefined); // it works without
	});
	navigator.serviceWorker.addEventListener("message", ({ data }) => {
		if (typeof data?.open === "string" && data.open.startsWith("/")) open(data.open);
	});
	navigator.serviceWorker.addEventListener("controllerchange", () => controlled && offer());
}

/** Tells the browser what is to be installed, which is not needed for what is on the screen. */
function installable(): void {
	const link = document.createElement("link");
	link.rel = "manifest";
	link.href = "/app.webmanifest";
	document.head.append(link);
}

/** Browsers look for a newer one at a navigation; an app that stays open has none. */
function askAgain(registration: ServiceWorkerRegistration): void {
	setInterval(() => void registration.update().catch(() => undefined), 60 * 60_000);
}

function offer(): void {
	const t = say(appWords);
	toast(t("newVersion"), { action: { label: t("reload"), run: () => location.reload() } });
}
