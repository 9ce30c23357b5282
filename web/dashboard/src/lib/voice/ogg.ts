import type { Opus } from "./webm";

/** How many samples a packet has at 48 kHz, as its first bytes say (RFC 6716, 3.1). */
export function samplesOf(packet: Uint8Array): number {
	const toc = packet[0] ?? 0;
	const config = toc >> 3;
	const frame =
		config < 12
			? [480, 960, 1920, 2880][config & 3]
			: config < 16
				? [480, 960][config & 1]
				: [120, 240, 480, 960][config & 3];
	const code = toc & 3;
	const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 63;
	return (frame ?? 960) * frames;
}

/** Puts Opus packets into an Ogg file (RFC 3533, RFC 7845), which is what voice notes are. */
export function writeOgg(opus: Opus, serial = 0x50696e67): Uint8Array<ArrayBuffer> {
	const pages: Uint8Array[] = [];
	const head = opus.head.length >= 19 ? opus.head : defaultHead();
	pages.push(page([head], 0, serial, 0, 2), page([tags()], 0, serial, 1, 0));
	let granule = 0;
	let run: Uint8Array[] = [];
	let segments = 0;
	opus.packets.forEach((packet, i) => {
		run.push(packet);
		segments += Math.floor(packet.length / 255) + 1;
		granule += samplesOf(packet);
		const next = opus.packets[i + 1];
		const full = run.length >= 50 || (next && segments + Math.floor(next.length / 255) + 1 > 255);
		if (next && !full) return;
		pages.push(page(run, granule, serial, pages.length, next ? 0 : 4));
		run = [];
		segments = 0;
	});
	return joined(pages);
}

function defaultHead(): Uint8Array {
	const head = new Uint8Array(19);
	head.set(new TextEncoder().encode("OpusHead"));
	head.set([1, 1, 0x38, 0x01, 0x80, 0xbb, 0, 0], 8); // one channel, 312 samples to skip, 48 kHz
	return head;
}

function tags(): Uint8Array {
	const vendor = new TextEncoder().encode("Ping!");
	const out = new Uint8Array(16 + vendor.length);
	out.set(new TextEncoder().encode("OpusTags"));
	out[8] = vendor.length;
	out.set(vendor, 12);
	return out;
}

/** One page. flags: 2 is the first, 4 the last. granule is how many samples end with it. */
function page(packets: Uint8Array[], granule: number, serial: number, sequence: number, flags: number): Uint8Array {
	const lacing = packets.flatMap((packet) => [
		...Array<number>(Math.floor(packet.length / 255)).fill(255),
		packet.length % 255,
	]);
	const body = joined(packets);
	const out = new Uint8Array(27 + lacing.length + body.length);
	const view = new DataView(out.buffer);
	out.set(new TextEncoder().encode("OggS"));
	out[5] = flags;
	view.setUint32(6, granule % 2 ** 32, true);
	view.setUint32(10, Math.floor(granule / 2 ** 32), true);
	view.setUint32(14, serial, true);
	view.setUint32(18, sequence, true);
	out[26] = lacing.length;
	out.set(lacing, 27);
	out.set(body, 27 + lacing.length);
	view.setUint32(22, checksum(out), true);
	return out;
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}

/** Ogg's own CRC-32: polynomial 0x04c11db7, not reflected, from zero. */
export function checksum(bytes: Uint8Array): number {
	let crc = 0;
	for (const byte of bytes) {
		crc ^= byte << 24;
		for (let i = 0; i < 8; i++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
	}
	return crc >>> 0;
}
