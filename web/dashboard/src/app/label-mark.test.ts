import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { labelColors, tintStrength } from "./label-mark";

const tokens = readFileSync("src/ui/tokens.css", "utf8");

/** A token by day (0) or by night (1). */
function token(name: string, scheme: 0 | 1): number[] {
	const pair = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(tokens);
	return channels(pair?.[scheme + 1] ?? "");
}

const channels = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

function luminance(rgb: number[]): number {
	const [r, g, b] = rgb.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
	return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

describe.each([0, 1] as const)("the name of a label can be read, scheme %s", (scheme) => {
	it.each(["surface", "sunken", "accent-soft"])("in a row on %s", (ground) => {
		const under = token(ground, scheme);
		for (const color of labelColors) {
			const mixed = channels(color).map((c, i) => (c * tintStrength + (under[i] ?? 0) * (100 - tintStrength)) / 100);
			const got = contrast(luminance(token("ink", scheme)), luminance(mixed));
			expect(got, `contrast on ${color}`).toBeGreaterThanOrEqual(4.5);
		}
	});
});
