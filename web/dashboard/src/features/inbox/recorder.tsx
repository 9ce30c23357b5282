import { useQueryClient } from "@tanstack/react-query";
import { SendHorizontal, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { Recording } from "@/lib/voice/recording";
import { useWords } from "@/lib/words";
import { IconButton, toast } from "@/ui";
import { write } from "./outgoing";
import { threadWords } from "./thread-words";

interface RecorderProps {
	chat: string;
	replyTo?: string;
	onDone: () => void;
}

/** Records a voice note in the place of the composer. */
export default function Recorder({ chat, replyTo, onDone }: RecorderProps) {
	const t = useWords(threadWords);
	const format = useFormat();
	const client = useQueryClient();
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
		const tell = () =>
			void api
				.POST("/chats/{id}/typing", { params: { path: { id: chat } }, body: { activity: "recording" } })
				.catch(() => undefined);
		tell();
		const again = setInterval(tell, 8_000);
		return () => {
			clearInterval(show);
			clearInterval(again);
			one.stop();
			void api
				.POST("/chats/{id}/typing", { params: { path: { id: chat } }, body: { activity: "none" } })
				.catch(() => undefined);
		};
	}, [chat]);
	const send = async () => {
		setBusy(true);
		try {
			const note = await recording.current?.finish();
			if (note)
				write(
					client,
					chat,
					{ kind: "voice", seconds: note.seconds, waveform: note.waveform, reply_to: replyTo },
					note.file,
				);
		} catch {
			toast(t("notRecorded"), { kind: "bad" });
		}
		onDone();
	};
	return (
		<div className="flex shrink-0 items-center gap-2 border-line border-t bg-surface px-2 py-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] md:px-4">
			<IconButton label={t("discard")} onClick={onDone}>
				<Trash2 />
			</IconButton>
			<p role="timer" className="flex flex-1 items-center gap-2.5 tabular-nums">
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
