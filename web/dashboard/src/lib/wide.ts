import { useSyncExternalStore } from "react";

/** Wider than a phone: Tailwind's md. */
const wide = typeof matchMedia === "function" ? matchMedia("(width >= 48rem)") : undefined;

function watch(tell: () => void): () => void {
	wide?.addEventListener("change", tell);
	return () => wide?.removeEventListener("change", tell);
}

/** Whether the screen is wider than a phone's. For what is costly to make and would only be hidden; the rest is up to the styles. */
export function useWide(): boolean {
	return useSyncExternalStore(watch, () => wide?.matches ?? true);
}
