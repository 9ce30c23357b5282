import { SendHorizontal, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useFormat } from "@/lib/format";
import { Recording } from "@/lib/voice/recording";
import { useWords } from "@/lib/words";
import { IconButton, toast } from "@/ui";
import { chatWords } from "./chat-words";
import { base64, type OutMedia, waveformOf } from "./sending";

interface RecorderProps {
	onVoice: (media: OutMedia) => void;
	onDone: () => void;
}

/** Records a voice note in the place of the composer. */
export default function Recorder({ onVoice, onDone }: RecorderProps) {
	const t = useWords(chatWords);
	const format = useFormat();
	const [seconds, setSeconds] = useState(0);
	const [busy, setBusy] = useState(false);
	const recording = useRef<Recording>(undefined);
	// biome-ignore lint/correctness/useExhaustiveDependencies: it begins once
	useEffect(() => {
		const one = new Recording();
		recording.current = one;
		one.start().catch(() => {
			if (one.given) return;
			toast(t("noMicrophone"), { kind: "bad" });
			onDone();
		});
		const show = setInterval(() => setSeconds(one.seconds), 250);
		return () => {
			clearInterval(show);
			one.stop();
		};
	}, []);
	const send = async () => {
		setBusy(true);
		try {
			const note = await recording.current?.finish();
			if (!note) throw new Error("nothing was recorded");
			onVoice({
				type: "voice",
				mime: "audio/ogg; codecs=opus",
				data: await base64(note.file),
				seconds: note.seconds,
				waveform: waveformOf(note.waveform),
			});
		} catch {
			toast(t("notRecorded"), { kind: "bad" });
		}
		onDone();
	};
	return (
		<div className="flex shrink-0 items-center gap-1 border-line border-t bg-surface px-1.5 py-1.5">
			<IconButton label={t("discard")} onClick={onDone} className="size-11">
				<Trash2 />
			</IconButton>
			<p role="timer" className="flex flex-1 items-center gap-2 tabular-nums">
				<span className="size-3 animate-pulse rounded-full bg-bad-solid" aria-hidden />
				{t("recording")} {format.duration(seconds)}
			</p>
			<IconButton
				label={t("send")}
				kind="main"
				busy={busy}
				onClick={() => void send()}
				className="size-11 rounded-full"
			>
				<SendHorizontal />
			</IconButton>
		</div>
	);
}
