// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from "vitest";
import { ability, keyOf } from "./bell";

/** A browser of a kind: what it has, and what it calls itself. */
function browser(has: { secure?: boolean; push?: boolean; permission?: string; agent?: string; touch?: number }) {
	vi.stubGlobal("isSecureContext", has.secure ?? true);
	vi.stubGlobal("navigator", {
		userAgent: has.agent ?? "Mozilla/5.0 (X11; Linux x86_64)",
		maxTouchPoints: has.touch ?? 0,
		...(has.push === false ? {} : { serviceWorker: {} }),
	});
	if (has.push !== false) {
		vi.stubGlobal("PushManager", class {});
		vi.stubGlobal("Notification", { permission: has.permission ?? "default" });
	}
}

describe("ability", () => {
	afterEach(() => vi.unstubAllGlobals());

	it.each([
		["a browser that can", {}, "ready"],
		["one that was told not to", { permission: "denied" }, "blocked"],
		["a page without https", { secure: false }, "insecure"],
		["one that knows no push", { push: false }, "unable"],
		["an iPhone's page", { push: false, agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)" }, "install"],
		["an iPad, which says it is a Mac", { push: false, agent: "Mozilla/5.0 (Macintosh)", touch: 5 }, "install"],
		["a Mac", { push: false, agent: "Mozilla/5.0 (Macintosh)" }, "unable"],
		["an iPhone's app on the home screen", { agent: "Mozilla/5.0 (iPhone)" }, "ready"],
	] as const)("%s", (_, has, want) => {
		browser(has);
		expect(ability()).toBe(want);
	});
});

describe("keyOf", () => {
	it("is the key in the alphabet in which the server gives it", () => {
		const applicationServerKey = new Uint8Array([0xfb, 0xff, 0xfe, 0x00]).buffer;
		expect(keyOf({ options: { applicationServerKey } } as unknown as PushSubscription)).toBe("-__-AA");
	});

	it("is empty of a subscription without one", () => {
		expect(keyOf({ options: { applicationServerKey: null } } as unknown as PushSubscription)).toBe("");
	});
});
