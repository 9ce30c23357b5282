/** How many bars are drawn of a voice note. */
const count = 40;

/** The heights of a voice note's bars in percent, of the loudnesses (0 to 100, base64) that came with it; even ones without. */
export function bars(waveform: string | undefined): number[] {
	const bytes = waveform ? decode(waveform) : [];
	if (bytes.length === 0) return Array.from({ length: count }, (_, i) => 25 + 20 * Math.abs(Math.sin(i * 1.7)));
	return Array.from({ length: count }, (_, i) => {
		const loud = bytes[Math.floor((i * bytes.length) / count)] ?? 0;
		return 10 + Math.min(loud, 100) * 0.9;
	});
}

function decode(text: string): number[] {
	try {
		return Array.from(atob(text), (c) => c.charCodeAt(0));
	} catch {
		return [];
	}
}

/** Loudnesses of 0 to 100, at most 64, of samples of -1 to 1: what is drawn of a voice note. */
export function loudness(samples: Float32Array, parts = 64): number[] {
	const size = Math.max(1, Math.floor(samples.length / parts));
	const peaks: number[] = [];
	for (let i = 0; i < parts && i * size < samples.length; i++) {
		let sum = 0;
		for (let j = i * size; j < (i + 1) * size; j++) sum += (samples[j] ?? 0) ** 2;
		peaks.push(Math.sqrt(sum / size));
	}
	const most = Math.max(...peaks, 0.01);
	return peaks.map((peak) => Math.round((peak / most) * 100));
}
