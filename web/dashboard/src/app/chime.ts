/** Not more often than this, in milliseconds: many messages at once are one sound. */
const rest = 3_000;

let last = 0;
let context: AudioContext | undefined;

/** Two soft tones for a new message. Browsers allow it once somebody has touched the page; before that it is silent. */
export function chime(): void {
	if (Date.now() - last < rest || muted()) return;
	sound();
}

/** The same without asking whether it may: for who wants to hear it now. */
export function sound(): void {
	if (!navigator.userActivation?.hasBeenActive) return;
	last = Date.now();
	context ??= new AudioContext();
	tone(context, 740, 0);
	tone(context, 988, 0.11);
}

function tone(on: AudioContext, hertz: number, after: number): void {
	const start = on.currentTime + after;
	const sound = on.createOscillator();
	const volume = on.createGain();
	sound.frequency.value = hertz;
	volume.gain.setValueAtTime(0, start);
	volume.gain.linearRampToValueAtTime(0.08, start + 0.015);
	volume.gain.exponentialRampToValueAtTime(0.001, start + 0.28);
	sound.connect(volume).connect(on.destination);
	sound.start(start);
	sound.stop(start + 0.3);
}

const storageKey = "ping.sound";

/** Has this device chime, or stay silent. */
export function setMuted(silent: boolean): void {
	try {
		if (silent) localStorage.setItem(storageKey, "off");
		else localStorage.removeItem(storageKey);
	} catch {
		// Without storage it chimes.
	}
}

/** Whether this device is to stay silent. */
export function muted(): boolean {
	try {
		return localStorage.getItem(storageKey) === "off";
	} catch {
		return false;
	}
}
