import { useSyncExternalStore } from "react";

/** A value that many components see, with who wants to know of its changes. */
export class Store<T> {
	private readonly listeners = new Set<() => void>();

	constructor(private value: T) {}

	get = (): T => this.value;

	set(next: T): void {
		if (Object.is(next, this.value)) return;
		this.value = next;
		for (const tell of this.listeners) tell();
	}

	subscribe = (tell: () => void): (() => void) => {
		this.listeners.add(tell);
		return () => this.listeners.delete(tell);
	};
}

export function useStore<T>(store: Store<T>): T {
	return useSyncExternalStore(store.subscribe, store.get);
}
