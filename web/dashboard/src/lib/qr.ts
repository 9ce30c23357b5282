/*
 * QR codes (ISO/IEC 18004) of a text: bytes in UTF-8, error correction L, versions 1 to 20. A screen is clean and bright:
 * with the least correction the dots are biggest, which is what a phone's camera needs most.
 */

/** Check bytes of a block, and how many blocks there are, by version from 1 on (table 9 of the standard, level L). */
const checks = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const blocks = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];

/** A square of dots; true is dark. */
export type Dots = boolean[][];

/** How many bytes of data and checks a version has room for. */
function room(version: number): number {
	let bits = (16 * version + 128) * version + 64;
	if (version >= 2) {
		const marks = Math.floor(version / 7) + 2;
		bits -= (25 * marks - 10) * marks - 55;
		if (version >= 7) bits -= 36;
	}
	return bits >> 3;
}

function dataRoom(version: number): number {
	return room(version) - (checks[version - 1] ?? 0) * (blocks[version - 1] ?? 0);
}

/** The product of two elements of the field with 256 elements in which the checks are reckoned. */
export function times(a: number, b: number): number {
	let product = 0;
	for (let bit = 7; bit >= 0; bit--) {
		product = (product << 1) ^ ((product >> 7) * 0x11d);
		if ((b >> bit) & 1) product ^= a;
	}
	return product;
}

/** The polynomial that checks of that many bytes are divided by, without its first coefficient, which is 1. */
function divisor(degree: number): number[] {
	const out: number[] = Array.from({ length: degree }, (_, i) => (i === degree - 1 ? 1 : 0));
	let root = 1;
	for (let i = 0; i < degree; i++) {
		for (let j = 0; j < degree; j++) out[j] = times(out[j] ?? 0, root) ^ (out[j + 1] ?? 0);
		root = times(root, 2);
	}
	return out;
}

function checkBytes(data: number[], by: number[]): number[] {
	const rest: number[] = by.map(() => 0);
	for (const byte of data) {
		const factor = byte ^ (rest.shift() ?? 0);
		rest.push(0);
		for (const [i, one] of by.entries()) rest[i] = (rest[i] ?? 0) ^ times(one, factor);
	}
	return rest;
}

/** The text as the data bytes of a version: mode, length, bytes, end, padding. */
function dataBytes(bytes: Uint8Array, version: number): number[] {
	const bits: number[] = [];
	const put = (value: number, length: number) => {
		for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1);
	};
	put(0b0100, 4);
	put(bytes.length, version < 10 ? 8 : 16);
	for (const byte of bytes) put(byte, 8);
	const total = dataRoom(version) * 8;
	put(0, Math.min(4, total - bits.length));
	while (bits.length % 8 !== 0) bits.push(0);
	for (let pad = 0xec; bits.length < total; pad ^= 0xec ^ 0x11) put(pad, 8);
	const out: number[] = [];
	for (let i = 0; i < bits.length; i += 8) out.push(bits.slice(i, i + 8).reduce((byte, bit) => (byte << 1) | bit, 0));
	return out;
}

/** Data and checks of all blocks, in the order in which they are drawn. */
function drawnBytes(data: number[], version: number): number[] {
	const count = blocks[version - 1] ?? 1;
	const by = divisor(checks[version - 1] ?? 0);
	const short = Math.floor(data.length / count);
	const shorts = count - (data.length % count);
	const parts: number[][] = [];
	for (let i = 0, at = 0; i < count; i++) {
		const length = short + (i < shorts ? 0 : 1);
		parts.push(data.slice(at, at + length));
		at += length;
	}
	const out: number[] = [];
	const weave = (rows: number[][], longest: number) => {
		for (let i = 0; i < longest; i++) for (const row of rows) if (row[i] !== undefined) out.push(row[i] ?? 0);
	};
	weave(parts, short + 1);
	weave(
		parts.map((part) => checkBytes(part, by)),
		by.length,
	);
	return out;
}

/** Where the small marks are that keep the picture straight, along each side. */
function markPlaces(version: number): number[] {
	if (version === 1) return [];
	const count = Math.floor(version / 7) + 2;
	const last = version * 4 + 10;
	const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
	const out = [6];
	for (let i = count - 2; i >= 0; i--) out.push(last - i * step);
	return out;
}

/** A picture in the making: its dots, and which of them are not data. */
class Picture {
	readonly size: number;
	readonly dots: Dots;
	readonly fixed: boolean[][];

	constructor(readonly version: number) {
		this.size = version * 4 + 17;
		this.dots = Array.from({ length: this.size }, () => Array<boolean>(this.size).fill(false));
		this.fixed = Array.from({ length: this.size }, () => Array<boolean>(this.size).fill(false));
		this.drawFixed();
	}

	private set(x: number, y: number, dark: boolean) {
		const [row, fixed] = [this.dots[y], this.fixed[y]];
		if (!row || !fixed || x < 0 || x >= this.size) return;
		row[x] = dark;
		fixed[x] = true;
	}

	private drawFixed() {
		const end = this.size - 1;
		for (let i = 0; i < this.size; i++) {
			this.set(6, i, i % 2 === 0);
			this.set(i, 6, i % 2 === 0);
		}
		for (const [x, y] of [
			[3, 3],
			[end - 3, 3],
			[3, end - 3],
		] as const)
			this.drawRings(x, y, 4, [2, 4]);
		const places = markPlaces(this.version);
		for (const x of places)
			for (const y of places) {
				const corner = (x === 6 && (y === 6 || y === end - 6)) || (x === end - 6 && y === 6);
				if (!corner) this.drawRings(x, y, 2, [1]);
			}
		this.drawFormat(0);
		this.drawVersion();
	}

	/** A square of rings around a point, out to a distance; the rings named are light. */
	private drawRings(x: number, y: number, out: number, light: number[]) {
		for (let dy = -out; dy <= out; dy++)
			for (let dx = -out; dx <= out; dx++)
				this.set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
	}

	/** Which mask is on, twice, with its own checks. */
	drawFormat(mask: number) {
		const data = (0b01 << 3) | mask;
		let rest = data;
		for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
		const bits = ((data << 10) | rest) ^ 0x5412;
		const end = this.size - 1;
		for (let i = 0; i < 15; i++) {
			const dark = ((bits >> i) & 1) === 1;
			const place = i < 6 ? i : i < 8 ? i + 1 : 0;
			if (i < 8) this.set(8, place, dark);
			else this.set(i === 8 ? 7 : 14 - i, 8, dark);
			if (i < 8) this.set(end - i, 8, dark);
			else this.set(8, end - 14 + i, dark);
		}
		this.set(8, end - 7, true);
	}

	private drawVersion() {
		if (this.version < 7) return;
		let rest = this.version;
		for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
		const bits = (this.version << 12) | rest;
		for (let i = 0; i < 18; i++) {
			const dark = ((bits >> i) & 1) === 1;
			const [a, b] = [this.size - 11 + (i % 3), Math.floor(i / 3)];
			this.set(a, b, dark);
			this.set(b, a, dark);
		}
	}

	/** The places of data in the order in which it is drawn: in pairs of columns from the right, up and down in turn. */
	*places(): Generator<[x: number, y: number]> {
		for (let right = this.size - 1, up = true; right >= 1; right -= 2, up = !up) {
			if (right === 6) right = 5;
			for (let i = 0; i < this.size; i++)
				for (const x of [right, right - 1]) {
					const y = up ? this.size - 1 - i : i;
					if (!this.fixed[y]?.[x]) yield [x, y];
				}
		}
	}

	/** Draws data under a mask. */
	drawData(bytes: number[], mask: number) {
		let at = 0;
		for (const [x, y] of this.places()) {
			const bit = ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
			const row = this.dots[y];
			if (row) row[x] = (bit === 1) !== masked(mask, x, y);
			at++;
		}
	}
}

/** Whether a mask turns the dot at a place over. */
export function masked(mask: number, x: number, y: number): boolean {
	const rules = [
		(x + y) % 2,
		y % 2,
		x % 3,
		(x + y) % 3,
		(Math.floor(x / 3) + Math.floor(y / 2)) % 2,
		((x * y) % 2) + ((x * y) % 3),
		(((x * y) % 2) + ((x * y) % 3)) % 2,
		(((x + y) % 2) + ((x * y) % 3)) % 2,
	];
	return rules[mask] === 0;
}

/** What looks like a corner where there is none. */
const falseCorners = ["10111010000", "00001011101"];

/** How hard a picture is to read: runs of one colour, blocks, false corners, too much of one colour. */
function penalty(dots: Dots): number {
	const size = dots.length;
	const rows = dots.map((row) => row.map((dark) => (dark ? "1" : "0")).join(""));
	const columns = dots.map((_, x) => rows.map((row) => row[x]).join(""));
	let sum = 0;
	for (const line of [...rows, ...columns]) {
		for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
		for (const corner of falseCorners)
			for (let at = line.indexOf(corner); at >= 0; at = line.indexOf(corner, at + 1)) sum += 40;
	}
	for (let y = 1; y < size; y++)
		for (let x = 1; x < size; x++) {
			const here = dots[y]?.[x];
			if (here === dots[y]?.[x - 1] && here === dots[y - 1]?.[x] && here === dots[y - 1]?.[x - 1]) sum += 3;
		}
	const dark = rows.join("").replaceAll("0", "").length;
	return sum + Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5) * 10;
}

/** The QR code of a text; undefined when it is longer than 858 bytes. */
export function qrCode(text: string): Dots | undefined {
	const bytes = new TextEncoder().encode(text);
	const version = checks.findIndex((_, i) => bytes.length + (i < 9 ? 2 : 3) <= dataRoom(i + 1)) + 1;
	if (version === 0) return undefined;
	const drawn = drawnBytes(dataBytes(bytes, version), version);
	let best: { dots: Dots; score: number } | undefined;
	for (let mask = 0; mask < 8; mask++) {
		const picture = new Picture(version);
		picture.drawFormat(mask);
		picture.drawData(drawn, mask);
		const score = penalty(picture.dots);
		if (!best || score < best.score) best = { dots: picture.dots, score };
	}
	return best?.dots;
}

/** The dark dots as one path of an SVG, each dot one unit wide, with a light margin around them. */
export function pathOf(dots: Dots, margin: number): string {
	return dots.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + margin} ${y + margin}h1v1h-1z` : ""))).join("");
}
