import { writeOgg } from "./ogg";
import { loudness } from "./waveform";
import { readWebm } from "./webm";

export interface VoiceNote {
	file: File;
	seconds: number;
	waveform: number[];
}

/** Voice notes are Opus in Ogg. Where the browser records it in WebM, the packets are moved over; nothing is encoded anew. */
const forms = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus"];

/** One recording of the microphone. */
export class Recording {
	/** Whether it was given up before it began. */
	given = false;
	private recorder?: MediaRecorder;
	private stream?: MediaStream;
	private readonly parts: Blob[] = [];
	private began = 0;

	get seconds(): number {
		return this.began ? (Date.now() - this.began) / 1000 : 0;
	}

	/** Asks for the microphone and begins; rejects when it is refused or the browser can't record Opus. */
	async start(): Promise<void> {
		const mimeType = forms.find((form) => MediaRecorder.isTypeSupported(form));
		if (!mimeType) throw new Error("this browser records no Opus");
		const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
		this.stream = await navigator.mediaDevices.getUserMedia({ audio });
		if (this.given) return this.stop();
		this.recorder = new MediaRecorder(this.stream, { mimeType, audioBitsPerSecond: 32_000 });
		this.recorder.ondataavailable = (e) => e.data.size > 0 && this.parts.push(e.data);
		this.recorder.start(500);
		this.began = Date.now();
	}

	/** Ends it and frees the microphone. What was recorded is dropped, unless finish asked for it. */
	stop(): void {
		this.given = true;
		if (this.recorder?.state === "recording") this.recorder.stop();
		for (const track of this.stream?.getTracks() ?? []) track.stop();
	}

	/** Ends it and answers with the note; undefined when nothing was recorded. */
	async finish(): Promise<VoiceNote | undefined> {
		const recorder = this.recorder;
		if (!recorder) return undefined;
		const seconds = Math.max(1, Math.round(this.seconds));
		if (recorder.state === "recording") {
			const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
			recorder.stop();
			await ended;
		}
		this.stop();
		const blob = new Blob(this.parts);
		if (blob.size === 0) return undefined;
		const bytes = new Uint8Array(await blob.arrayBuffer());
		const isOgg = String.fromCharCode(...bytes.slice(0, 4)) === "OggS";
		const ogg = isOgg ? bytes : writeOgg(readWebm(bytes));
		const file = new File([ogg], "voice.ogg", { type: "audio/ogg" });
		return { file, seconds, waveform: await this.drawn(bytes) };
	}

	private async drawn(bytes: Uint8Array<ArrayBuffer>): Promise<number[]> {
		const context = new AudioContext();
		try {
			const sound = await context.decodeAudioData(bytes.slice().buffer);
			return loudness(sound.getChannelData(0));
		} catch {
			return []; // it is then drawn even
		} finally {
			void context.close();
		}
	}
}
