import { type ComponentType, type LazyExoticComponent, lazy } from "react";

/** How long after a failure code is asked for again while the browser thinks it has a connection, in milliseconds. */
const pauses = [1_000, 5_000, 15_000];

/**
 * Asks for code until it comes: a phone loses its connection between a page and a part of it. Without a connection it
 * waits for one. Fails only when the server doesn't have it, after as many tries as there are pauses.
 */
export async function insist<T>(load: () => Promise<T>): Promise<T> {
	for (const pause of pauses)
		try {
			return await load();
		} catch {
			await (navigator.onLine ? new Promise((done) => setTimeout(done, pause)) : online());
		}
	return load();
}

function online(): Promise<void> {
	return new Promise((done) => addEventListener("online", () => done(), { once: true }));
}

/** React's lazy, whose code comes once there is a connection: until then, what the Suspense around it shows. */
// biome-ignore lint/suspicious/noExplicitAny: as React has it
export function lazily<C extends ComponentType<any>>(load: () => Promise<{ default: C }>): LazyExoticComponent<C> {
	return lazy(() => insist(load));
}
