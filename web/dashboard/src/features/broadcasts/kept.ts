import { Store } from "@/lib/store";
import { blank, type Draft } from "./draft";

const key = (workspace: string) => `ping.broadcast.${workspace}`;

const stores = new Map<string, Store<Draft | undefined>>();

/** The broadcast of a workspace that is being made on this device; undefined when none is. */
export function keptDraft(workspace: string): Store<Draft | undefined> {
	let store = stores.get(workspace);
	if (!store) {
		store = new Store(read(workspace));
		stores.set(workspace, store);
	}
	return store;
}

/** Keeps a draft, or forgets it. */
export function keep(workspace: string, draft: Draft | undefined): void {
	keptDraft(workspace).set(draft);
	try {
		if (draft) localStorage.setItem(key(workspace), JSON.stringify(draft));
		else localStorage.removeItem(key(workspace));
	} catch {
		// It then lasts as long as the page.
	}
}

function read(workspace: string): Draft | undefined {
	try {
		const text = localStorage.getItem(key(workspace));
		// What an older version of the page kept may lack what is new.
		return text ? { ...blank(), ...(JSON.parse(text) as Partial<Draft>) } : undefined;
	} catch {
		return undefined;
	}
}
