import { useEffect, useEffectEvent } from "react";
import { Store, useStore } from "./store";

export interface Shortcut {
	/** "k", "?", "mod+k", "shift+r", or one after the other: "g i". */
	keys: string;
	/** What it does, for the list that ? opens. */
	label: string;
	/** Under which head of that list. */
	group: string;
	run: (event: KeyboardEvent) => void;
	/** It also works while something is being typed. */
	whileTyping?: boolean;
}

/** How long the second of two keys is waited for, in milliseconds. */
const pause = 1200;

const store = new Store<Shortcut[]>([]);
let first = "";
let firstAt = 0;

/** All shortcuts that work now. */
export function useShortcutList(): Shortcut[] {
	return useStore(store);
}

/** Makes keys work while the component is there; the last one to come has them. */
export function useShortcut(
	keys: string,
	label: string,
	group: string,
	run: (event: KeyboardEvent) => void,
	whileTyping = false,
): void {
	const stable = useEffectEvent(run);
	useEffect(() => {
		const one: Shortcut = { keys, label, group, run: (event) => stable(event), whileTyping };
		store.set([...store.get(), one]);
		return () => store.set(store.get().filter((s) => s !== one));
	}, [keys, label, group, whileTyping]);
}

function typing(target: EventTarget | null): boolean {
	return (
		target instanceof HTMLElement &&
		(target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"))
	);
}

/** How a key press is written: modifiers other than those that make the character, then the key. */
export function pressOf(event: KeyboardEvent): string {
	const key = event.key === "Escape" ? "esc" : event.key.toLowerCase();
	const parts = [];
	if (event.metaKey || event.ctrlKey) parts.push("mod");
	if (event.altKey) parts.push("alt");
	if (event.shiftKey && /^[a-z]$|^.{2,}$/.test(key)) parts.push("shift");
	return [...parts, key].join("+");
}

/** Runs the shortcut of a key press, if there is one. */
export function press(event: KeyboardEvent): void {
	if (event.defaultPrevented || event.isComposing) return;
	const key = pressOf(event);
	const now = event.timeStamp;
	const sequence = first && now - firstAt < pause ? `${first} ${key}` : "";
	const isTyping = typing(event.target);
	const open = !isTyping && document.querySelector("[role=dialog]") !== null;
	const list = store.get().filter((s) => s.whileTyping || (!isTyping && !open));
	const hit = list.findLast((s) => s.keys === sequence) ?? list.findLast((s) => s.keys === key);
	first = "";
	if (hit) {
		event.preventDefault();
		hit.run(event);
	} else if (list.some((s) => s.keys.startsWith(`${key} `))) {
		first = key;
		firstAt = now;
	}
}
