import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { press, pressOf, useShortcut } from "./shortcuts";

vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

const event = (key: string, init: KeyboardEventInit = {}) =>
	new KeyboardEvent("keydown", { key, bubbles: true, ...init });

it("key presses have a name", () => {
	expect(pressOf(event("k", { ctrlKey: true }))).toBe("mod+k");
	expect(pressOf(event("K", { metaKey: true, shiftKey: true }))).toBe("mod+shift+k");
	expect(pressOf(event("?", { shiftKey: true }))).toBe("?");
	expect(pressOf(event("R", { shiftKey: true }))).toBe("shift+r");
	expect(pressOf(event("Escape"))).toBe("esc");
});

function Screen({ ran }: { ran: string[] }) {
	useShortcut("e", "E", "test", () => ran.push("e"));
	useShortcut("g i", "GI", "test", () => ran.push("g i"));
	useShortcut("mod+k", "K", "test", () => ran.push("mod+k"), true);
	return null;
}

it("keys run what they are for, one after the other too, and not while something is typed", () => {
	const ran: string[] = [];
	const root = createRoot(document.createElement("div"));
	act(() => root.render(createElement(Screen, { ran })));
	const field = document.createElement("input");
	document.body.append(field);
	addEventListener("keydown", press);

	for (const key of ["e", "g", "i", "i"]) document.body.dispatchEvent(event(key));
	field.dispatchEvent(event("e"));
	field.dispatchEvent(event("k", { ctrlKey: true }));
	expect(ran).toEqual(["e", "g i", "mod+k"]);

	act(() => root.unmount());
	document.body.dispatchEvent(event("e"));
	expect(ran, "after the screen is gone").toEqual(["e", "g i", "mod+k"]);
	removeEventListener("keydown", press);
	field.remove();
});
