import { Mic, Music, Pause, Play } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useFormat } from "@/lib/format";
import { bars } from "@/lib/voice/waveform";
import { useWords } from "@/lib/words";
import { cn } from "./cn";
import { playerWords } from "./player-words";

const speeds = [1, 1.5, 2];
/** Only one sounds at a time. */
let sounding: HTMLAudioElement | undefined;

interface PlayerProps {
	src: string;
	seconds?: number;
	/** Loudnesses of 0 to 100, in base64. */
	waveform?: string;
	voice: boolean;
	/** It begins to sound. */
	onPlay?: () => void;
}

/** Plays a voice note or a song. Its bytes come when somebody wants to hear it. */
export function Player({ src, seconds, waveform, voice, onPlay }: PlayerProps) {
	const t = useWords(playerWords);
	const format = useFormat();
	const audio = useRef<HTMLAudioElement>(null);
	const [state, setState] = useState<"idle" | "playing" | "broken">("idle");
	const [at, setAt] = useState(0);
	const [length, setLength] = useState(seconds ?? 0);
	const [speed, setSpeed] = useState(1);
	const heights = useMemo(() => bars(waveform), [waveform]);
	const part = length > 0 ? at / length : 0;
	const toggle = () => {
		const it = audio.current;
		if (!it) return;
		if (!it.paused) return it.pause();
		if (sounding && sounding !== it) sounding.pause();
		sounding = it;
		it.play().catch(() => setState("broken"));
	};
	const faster = () => {
		const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1;
		setSpeed(next);
		if (audio.current) audio.current.playbackRate = next;
	};
	return (
		<div className="my-1 flex w-72 max-w-full items-center gap-2.5">
			{/* biome-ignore lint/a11y/useMediaCaption: what people send has none */}
			<audio
				ref={audio}
				src={src}
				preload="none"
				onPlay={() => {
					setState("playing");
					onPlay?.();
				}}
				onPause={() => setState("idle")}
				onError={() => setState("broken")}
				onEnded={() => setAt(0)}
				onTimeUpdate={(e) => setAt(e.currentTarget.currentTime)}
				onLoadedMetadata={(e) => {
					if (Number.isFinite(e.currentTarget.duration)) setLength(e.currentTarget.duration);
					e.currentTarget.playbackRate = speed;
				}}
			/>
			<button
				type="button"
				aria-label={t(state === "playing" ? "pause" : "play")}
				onClick={toggle}
				className="inline-flex size-11 shrink-0 items-center justify-center rounded-full bg-accent text-on-accent"
			>
				{state === "playing" ? <Pause className="size-5" aria-hidden /> : <Play className="size-5" aria-hidden />}
			</button>
			<div className="min-w-0 flex-1">
				<div className="relative flex h-8 items-center gap-px">
					{heights.map((height, i) => (
						<span
							// biome-ignore lint/suspicious/noArrayIndexKey: bars don't move
							key={i}
							className={cn(
								"min-w-0 flex-1 rounded-full",
								i / heights.length < part ? "bg-accent" : "bg-line-strong/60",
							)}
							style={{ height: `${height}%` }}
						/>
					))}
					<input
						type="range"
						aria-label={t("seek")}
						min={0}
						max={Math.max(length, 1)}
						step={0.1}
						value={at}
						onChange={(e) => {
							const to = Number(e.target.value);
							if (audio.current) audio.current.currentTime = to;
							setAt(to);
						}}
						className="absolute inset-0 w-full cursor-pointer opacity-0 focus-visible:opacity-100"
					/>
				</div>
				<p className="flex items-center gap-1.5 text-soft text-xs tabular-nums">
					{voice ? <Mic className="size-3.5" aria-hidden /> : <Music className="size-3.5" aria-hidden />}
					{state === "broken" ? t("noFile") : format.duration(at > 0 ? at : length)}
				</p>
			</div>
			<button
				type="button"
				aria-label={t("speed", { speed })}
				onClick={faster}
				className="min-h-9 w-10 shrink-0 rounded-full bg-sunken text-xs tabular-nums"
			>
				{speed}×
			</button>
		</div>
	);
}
