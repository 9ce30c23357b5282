/** Opus as a WebM file carries it. */
export interface Opus {
	/** The OpusHead that the track came with. */
	head: Uint8Array;
	packets: Uint8Array[];
}

// The elements that lead to the packets (RFC 8794 for the form, the Matroska specification for the ids).
const ids = {
	segment: 0x18538067,
	cluster: 0x1f43b675,
	tracks: 0x1654ae6b,
	track: 0xae,
	codec: 0x63a2,
	simple: 0xa3,
	group: 0xa0,
	block: 0xa1,
};
const parents = new Set<number>([ids.segment, ids.cluster, ids.tracks, ids.track, ids.group]);

/** Reads the Opus packets out of a WebM file with one track, as browsers record it. What ends in the middle is read to there. */
export function readWebm(bytes: Uint8Array): Opus {
	const out: Opus = { head: new Uint8Array(), packets: [] };
	walk(bytes, 0, bytes.length, out);
	return out;
}

function walk(bytes: Uint8Array, from: number, to: number, out: Opus): void {
	let at = from;
	while (at < to) {
		const id = number(bytes, at, true);
		const size = id && number(bytes, at + id.length, false);
		if (!id || !size) return;
		const start = at + id.length + size.length;
		// A recording that is still running has no size yet: it goes on to the end.
		const end = size.unknown ? to : Math.min(start + size.value, to);
		if (parents.has(id.value)) walk(bytes, start, end, out);
		else if (id.value === ids.codec) out.head = bytes.slice(start, end);
		else if (id.value === ids.simple || id.value === ids.block) {
			const track = number(bytes, start, false);
			// After the track: two bytes of time, one of flags. Browsers don't lace.
			if (track && start + track.length + 3 < end) out.packets.push(bytes.slice(start + track.length + 3, end));
		}
		at = end;
	}
}

/** Reads a number of variable length: an id keeps its length marker, a size does not. */
function number(bytes: Uint8Array, at: number, marker: boolean) {
	const first = bytes[at];
	if (!first) return undefined;
	const length = Math.clz32(first) - 23;
	if (at + length > bytes.length) return undefined;
	let value = marker ? first : first & (0xff >> length);
	let ones = (first & (0xff >> length)) === 0xff >> length;
	for (let i = 1; i < length; i++) {
		const byte = bytes[at + i] ?? 0;
		value = value * 256 + byte;
		ones &&= byte === 0xff;
	}
	return { value, length, unknown: !marker && ones };
}
