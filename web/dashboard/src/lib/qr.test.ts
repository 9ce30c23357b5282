import { describe, expect, it } from "vitest";
import { type Dots, masked, pathOf, qrCode, times } from "./qr";

/** How many check bytes and blocks the versions used here have. */
const shapes: Record<number, { checks: number; blocks: number }> = {
	1: { checks: 7, blocks: 1 },
	7: { checks: 20, blocks: 2 },
	10: { checks: 18, blocks: 4 },
	20: { checks: 28, blocks: 8 },
};

/** Where no data is in a version: told anew, from the picture's edges, and not by what draws it. */
function isData(size: number, version: number, marks: number[], x: number, y: number): boolean {
	const corner = (x <= 8 && (y <= 8 || y >= size - 8)) || (x >= size - 8 && y <= 8);
	if (corner || x === 6 || y === 6) return false;
	if (version >= 7 && ((x < 6 && y >= size - 11) || (y < 6 && x >= size - 11))) return false;
	const near = (at: number) => marks.find((mark) => Math.abs(mark - at) <= 2);
	const [mx, my] = [near(x), near(y)];
	if (mx === undefined || my === undefined) return true;
	const last = marks.at(-1);
	return (mx === 6 && (my === 6 || my === last)) || (my === 6 && mx === last);
}

const markPlaces: Record<number, number[]> = { 1: [], 7: [6, 22, 38], 10: [6, 28, 50], 20: [6, 34, 62, 90] };

/** Reads a picture back as a phone does, and holds that every block's checks come out even. */
function read(dots: Dots): string {
	const size = dots.length;
	const version = (size - 17) / 4;
	const { checks, blocks } = shapes[version] ?? { checks: 0, blocks: 1 };
	const at = (x: number, y: number) => (dots[y]?.[x] ? 1 : 0);
	const format = [0, 1, 2, 3, 4, 5, 7, 8].map((y, i) => at(8, y) << i).reduce((a, b) => a | b);
	const high = [7, 5, 4, 3, 2, 1, 0].map((x, i) => at(x, 8) << (i + 8)).reduce((a, b) => a | b);
	const head = (format | high) ^ 0x5412;
	expect(head >> 13, "level L").toBe(0b01);
	const mask = (head >> 10) & 7;
	const bits: number[] = [];
	for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
		if (right === 6) right = 5;
		for (let i = 0; i < size; i++)
			for (const x of [right, right - 1]) {
				const y = up ? size - 1 - i : i;
				if (isData(size, version, markPlaces[version] ?? [], x, y)) bits.push(at(x, y) ^ (masked(mask, x, y) ? 1 : 0));
			}
	}
	const bytes = Array.from({ length: bits.length >> 3 }, (_, i) =>
		bits.slice(i * 8, i * 8 + 8).reduce((byte, bit) => (byte << 1) | bit, 0),
	);
	const data = bytes.length - checks * blocks;
	const lengths = Array.from(
		{ length: blocks },
		(_, i) => Math.floor(data / blocks) + (i < blocks - (data % blocks) ? 0 : 1),
	);
	const parts = lengths.map(() => [] as number[]);
	let next = 0;
	for (let i = 0; i < Math.max(...lengths); i++)
		for (const [b, part] of parts.entries()) if (i < (lengths[b] ?? 0)) part.push(bytes[next++] ?? 0);
	const text = parts.flat();
	for (let i = 0; i < checks; i++) for (const part of parts) part.push(bytes[next++] ?? 0);
	for (const [b, part] of parts.entries())
		for (let i = 0, root = 1; i < checks; i++, root = times(root, 2))
			expect(
				part.reduce((sum, byte) => times(sum, root) ^ byte, 0),
				`block ${b}, syndrome ${i}`,
			).toBe(0);
	return textOf(text, version);
}

function textOf(data: number[], version: number): string {
	const bits = data.map((byte) => byte.toString(2).padStart(8, "0")).join("");
	expect(bits.slice(0, 4), "bytes").toBe("0100");
	const width = version < 10 ? 8 : 16;
	const length = Number.parseInt(bits.slice(4, 4 + width), 2);
	const bytes = Array.from({ length }, (_, i) => Number.parseInt(bits.slice(4 + width + i * 8, 12 + width + i * 8), 2));
	return new TextDecoder().decode(Uint8Array.from(bytes));
}

describe("a QR code", () => {
	it.each([
		["a short one", "Halo, Kak!", 1],
		["one with version marks", "x".repeat(150), 7],
		["one as long as WhatsApp's", `2@${"aB3+/=".repeat(40)},é`, 10],
		["the longest", "z".repeat(858), 20],
	])("reads back: %s", (_, text, version) => {
		const dots = qrCode(text);
		expect(dots?.length).toBe(version * 4 + 17);
		expect(read(dots ?? [])).toBe(text);
	});

	it("is nothing where there is no room", () => {
		expect(qrCode("z".repeat(859))).toBeUndefined();
	});

	it("becomes a path with a margin", () => {
		expect(pathOf([[true, false]], 4)).toBe("M4 4h1v1h-1z");
	});
});
