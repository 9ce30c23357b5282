import { describe, expect, it } from "vitest";
import { checksum, samplesOf, writeOgg } from "./ogg";
import { bars, loudness } from "./waveform";
import { readWebm } from "./webm";

const text = (s: string) => new TextEncoder().encode(s);

/** An element of a WebM file; unknown leaves its size open, as a running recording does. */
function element(id: number[], body: Uint8Array | number[], unknown = false): number[] {
	const bytes = [...body];
	const size = unknown
		? [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
		: [0x40 | (bytes.length >> 8), bytes.length & 0xff];
	return [...id, ...size, ...bytes];
}

function webm(packets: Uint8Array[], head: Uint8Array): Uint8Array {
	const track = element([0xae], element([0x63, 0xa2], head));
	const blocks = packets.flatMap((packet) => element([0xa3], [0x81, 0, 0, 0x80, ...packet]));
	const cluster = element([0x1f, 0x43, 0xb6, 0x75], blocks, true);
	return new Uint8Array([
		...element([0x1a, 0x45, 0xdf, 0xa3], [1, 2, 3]),
		...element([0x18, 0x53, 0x80, 0x67], [...element([0x16, 0x54, 0xae, 0x6b], track), ...cluster], true),
	]);
}

/** The packets of an Ogg file, with every page's checksum looked at. */
function readOgg(bytes: Uint8Array): { packets: Uint8Array[]; granule: number; last: boolean } {
	const packets: Uint8Array[] = [];
	let granule = 0;
	let last = false;
	for (let at = 0; at < bytes.length; ) {
		const view = new DataView(bytes.buffer, bytes.byteOffset + at);
		const lacing = bytes.slice(at + 27, at + 27 + (bytes[at + 26] ?? 0));
		const size = lacing.reduce((a, b) => a + b, 0);
		const page = bytes.slice(at, at + 27 + lacing.length + size);
		const want = view.getUint32(22, true);
		page.fill(0, 22, 26);
		expect(checksum(page), `checksum of the page at ${at}`).toBe(want);
		let from = 27 + lacing.length;
		let length = 0;
		for (const lace of lacing) {
			length += lace;
			if (lace === 255) continue;
			packets.push(page.slice(from, from + length));
			from += length;
			length = 0;
		}
		granule = view.getUint32(6, true);
		last = ((bytes[at + 5] ?? 0) & 4) !== 0;
		at += 27 + lacing.length + size;
	}
	return { packets, granule, last };
}

const head = new Uint8Array([...text("OpusHead"), 1, 1, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0]);

describe("a voice note goes from WebM to Ogg", () => {
	it("with every packet as it was", () => {
		// 0x78: one frame of 20 ms; sizes around the 255 of the lacing.
		const packets = [3, 254, 255, 256, 510, 700, ...Array<number>(120).fill(80)].map((size, i) =>
			new Uint8Array(size).fill(i & 0xff).fill(0x78, 0, 1),
		);
		const opus = readWebm(webm(packets.slice(0, 100), head));
		expect(opus.head).toEqual(head);
		expect(opus.packets).toEqual(packets.slice(0, 100));
		const ogg = readOgg(writeOgg({ head: opus.head, packets }));
		expect(ogg.packets[0]).toEqual(head);
		expect(ogg.packets.slice(2)).toEqual(packets);
		expect(ogg.granule, "samples at 48 kHz").toBe(packets.length * 960);
		expect(ogg.last).toBe(true);
	});
	it("what is no WebM has no packets, whatever it is", () => {
		for (const bytes of [
			text("nothing of the sort"),
			new Uint8Array(64),
			new Uint8Array(64).fill(0xff),
			new Uint8Array(),
		])
			expect(readWebm(bytes).packets).toEqual([]);
	});
	it("a file that is cut off gives what was whole", () => {
		const file = webm([new Uint8Array([0x78, 1]), new Uint8Array([0x78, 2])], head);
		expect(readWebm(file.slice(0, file.length - 8)).packets[0]).toEqual(new Uint8Array([0x78, 1]));
	});
});

it("samplesOf knows frames and how many there are", () => {
	const cases: [number[], number][] = [
		[[0x78], 960],
		[[0x79], 1920],
		[[0x00], 480],
		[[0x18], 2880],
		[[0xe0], 120],
		[[0x7b, 3], 2880],
	];
	for (const [packet, want] of cases) expect(samplesOf(new Uint8Array(packet)), String(packet)).toBe(want);
});

it("a waveform is drawn within its bounds, with or without loudnesses", () => {
	expect(bars(btoa(String.fromCharCode(0, 50, 100, 255))).every((h) => h >= 10 && h <= 100)).toBe(true);
	expect(bars(undefined)).toHaveLength(40);
	expect(bars("not base64!")).toHaveLength(40);
	const drawn = loudness(new Float32Array(6400).map((_, i) => (i < 3200 ? 0 : 0.5)));
	expect(drawn).toHaveLength(64);
	expect([drawn[0], drawn[63]]).toEqual([0, 100]);
});
