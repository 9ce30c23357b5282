import { useEffect, useState } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { QRPicture } from "@/ui/qr-picture";
import { CopyButton } from "./copy";
import { linkWords } from "./link-words";
import type { Step } from "./queries";

/** The seconds until a moment, counted down. */
function useLeft(until: number): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, []);
	return Math.max(0, Math.ceil((until - now) / 1_000));
}

function Left({ until, word }: { until: number; word: "qrLeft" | "codeLeft" }) {
	const t = useWords(linkWords);
	const format = useFormat();
	const left = useLeft(until);
	return (
		<p className="text-center text-soft text-sm tabular-nums">
			{left > 0 ? t(word, { time: format.duration(left) }) : t("waiting")}
		</p>
	);
}

/** The code to scan. WhatsApp gives a new one from time to time, which takes its place. */
export function QRShown({ step }: { step: Step }) {
	const t = useWords(linkWords);
	return (
		<div className="mx-auto flex w-full max-w-72 flex-col gap-2">
			<QRPicture text={step.code ?? ""} label={t("qrPicture")} />
			{step.expires_at && <Left until={step.expires_at} word="qrLeft" />}
		</div>
	);
}

/** The letters to type on the phone. */
export function CodeShown({ step }: { step: Step }) {
	const t = useWords(linkWords);
	const code = step.code ?? "";
	return (
		<div className="flex flex-col items-center gap-3">
			<p className="sr-only">{t("codePicture")}</p>
			<p className="rounded-lg bg-sunken px-4 py-3.5 font-mono font-semibold text-3xl tracking-widest">{code}</p>
			{step.expires_at && <Left until={step.expires_at} word="codeLeft" />}
			<CopyButton text={code} />
		</div>
	);
}
