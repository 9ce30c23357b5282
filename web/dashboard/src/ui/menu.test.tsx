import { act, Profiler } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { DropdownMenu, MenuItem, Popover } from "./menu";

const root = { current: undefined as ReturnType<typeof createRoot> | undefined };

beforeAll(async () => {
	await import("./above"); // a busy machine takes its time for it
}, 120_000);
beforeEach(() => {
	vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
	vi.stubGlobal(
		"ResizeObserver",
		class {
			observe() {}
			unobserve() {}
			disconnect() {}
		},
	);
});
afterEach(async () => {
	await act(async () => root.current?.unmount());
	document.body.replaceChildren();
	vi.unstubAllGlobals();
});

it("a menu opens from a button that stays the same element, and does what it did besides", async () => {
	const own = vi.fn();
	const chosen = vi.fn();
	const host = document.body.appendChild(document.createElement("div"));
	root.current = createRoot(host);
	await act(async () =>
		root.current?.render(
			<DropdownMenu
				trigger={
					<button type="button" aria-label="More" onClick={own}>
						…
					</button>
				}
			>
				<MenuItem onSelect={chosen}>Rename</MenuItem>
			</DropdownMenu>,
		),
	);
	const button = host.querySelector("button") as HTMLButtonElement;
	expect(button.getAttribute("aria-haspopup")).toBe("menu");
	expect(button.getAttribute("aria-expanded")).toBe("false");

	await act(async () => {
		button.click();
		await import("./above");
	});
	await vi.waitFor(() => act(async () => expect(document.querySelector('[role="menuitem"]')).not.toBeNull()), 20_000);
	const menu = document.querySelector('[role="menu"]') as HTMLElement;
	expect(own).toHaveBeenCalledTimes(1);
	expect(host.querySelector("button")).toBe(button);
	expect(button.getAttribute("aria-expanded")).toBe("true");
	expect(menu.getAttribute("aria-label")).toBe("More");

	await act(async () => (menu.querySelector('[role="menuitem"]') as HTMLElement).click());
	expect(chosen).toHaveBeenCalledTimes(1);
	expect(document.querySelector('[role="menu"]')).toBeNull();
	expect(button.getAttribute("aria-expanded")).toBe("false");
}, 60_000);

it("what opens a panel is drawn once until it does", async () => {
	const drawn = vi.fn();
	root.current = createRoot(document.body.appendChild(document.createElement("div")));
	await act(async () =>
		root.current?.render(
			<Profiler id="openers" onRender={drawn}>
				<DropdownMenu trigger={<button type="button">Menu</button>}>…</DropdownMenu>
				<Popover trigger={<button type="button">Panel</button>}>…</Popover>
			</Profiler>,
		),
	);
	expect(drawn).toHaveBeenCalledTimes(1);
});

it("a panel that is open from the first is there", async () => {
	root.current = createRoot(document.body.appendChild(document.createElement("div")));
	await act(async () =>
		root.current?.render(
			<Popover open trigger={<button type="button">Panel</button>}>
				Here
			</Popover>,
		),
	);
	await vi.waitFor(() => act(async () => expect(document.body.textContent).toContain("Here")), 20_000);
}, 60_000);
