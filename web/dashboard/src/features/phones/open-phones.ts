import { Store, useStore } from "@/lib/store";

const storageKey = "ping.phones";

function stored(): string[] {
	try {
		const list: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? "[]");
		return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
	} catch {
		return [];
	}
}

/** The phones that are in use, by number, the one that was taken last first. They are remembered as long as the tab. */
const used = new Store<string[]>(stored());

function keep(list: string[]): void {
	used.set(list);
	try {
		sessionStorage.setItem(storageKey, JSON.stringify(list));
	} catch {
		// They are then forgotten with the page.
	}
}

export function useUsedPhones(): string[] {
	return useStore(used);
}

/** Takes a phone into use. */
export function takePhone(number: string): void {
	if (used.get()[0] !== number) keep([number, ...used.get().filter((one) => one !== number)].slice(0, 8));
}

/** Puts a phone away. */
export function putAway(number: string): void {
	keep(used.get().filter((one) => one !== number));
}
