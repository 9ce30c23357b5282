import { Store, useStore } from "@/lib/store";

/** What browsers that can install a page hand out once, for when the person asks. */
interface InstallPrompt extends Event {
	prompt(): Promise<unknown>;
}

const offer = new Store<InstallPrompt | null>(null);

/** Listens for the browser's offer; it comes early, and once. */
export function awaitInstallOffer(): void {
	addEventListener("beforeinstallprompt", (event) => {
		event.preventDefault();
		offer.set(event as InstallPrompt);
	});
	addEventListener("appinstalled", () => offer.set(null));
}

/** Installs the app on this device; undefined where the browser doesn't, or it is there already. */
export function useInstall(): (() => void) | undefined {
	const prompt = useStore(offer);
	if (!prompt) return undefined;
	return () => {
		offer.set(null);
		void prompt.prompt();
	};
}
