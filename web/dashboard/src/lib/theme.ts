import { Store, useStore } from "./store";

/** How it looks: as the system says, or always light or dark. */
export type Theme = "system" | "light" | "dark";

export const themes: Theme[] = ["system", "light", "dark"];

const storageKey = "ping.theme";

function read(): Theme {
	try {
		const text = localStorage.getItem(storageKey);
		return text === "light" || text === "dark" ? text : "system";
	} catch {
		return "system";
	}
}

const store = new Store<Theme>(typeof localStorage === "undefined" ? "system" : read());

/** Changes the look, and remembers it on this device. */
export function setTheme(theme: Theme): void {
	try {
		localStorage.setItem(storageKey, theme);
	} catch {
		// It then lasts as long as the page.
	}
	if (theme === "system") delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
	store.set(theme);
}

export function useTheme(): Theme {
	return useStore(store);
}
