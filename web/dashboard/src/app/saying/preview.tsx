import { Shuffle } from "lucide-react";
import { useMemo, useState } from "react";
import { parse, picker, render, varies } from "@/lib/fill";
import { useWords } from "@/lib/words";
import { Button } from "@/ui";
import { SaidBubble } from "./bubble";
import { sayingWords } from "./words";

/** One message of a preview. */
export interface Said {
	text: string;
	fileId?: string;
	/** What passes before it, in seconds. */
	delay?: number;
	typing?: boolean;
}

interface PreviewProps {
	said: Said[];
	/** What the variables are filled in with. */
	values: Record<string, string>;
	/** What the customer wrote before. */
	question?: string;
}

/** What a customer sees of messages with gaps; it can be shuffled where there are words to choose from. */
export function SaidPreview({ said, values, question }: PreviewProps) {
	const t = useWords(sayingWords);
	const [seed, setSeed] = useState(0);
	const parsed = useMemo(() => said.map((one) => parse(one.text)), [said]);
	const texts = parsed.map((parts, i) => render(parts, values, picker(seed * 31 + i)));
	const shown = said.flatMap((one, i) => {
		const text = texts[i] ?? "";
		return text.trim() || one.fileId ? [{ ...one, text, key: i }] : [];
	});
	return (
		<section aria-label={t("preview")} className="flex flex-col gap-2">
			<div className="flex min-h-9 items-center justify-between gap-2">
				<h3 className="font-medium text-sm">{t("preview")}</h3>
				{parsed.some(varies) && (
					<Button size="sm" kind="quiet" className="max-md:h-11" onClick={() => setSeed(seed + 1)}>
						<Shuffle aria-hidden />
						{t("another")}
					</Button>
				)}
			</div>
			<div className="flex min-h-32 flex-col gap-1.5 rounded-lg bg-sunken p-3">
				{question && <SaidBubble text={question} theirs />}
				{shown.map((one) => (
					<div key={one.key} className="flex flex-col gap-1.5">
						{Boolean(one.delay) && (
							<p className="self-end text-soft text-xs">
								{t(one.typing ? "typing" : "pause", { seconds: one.delay ?? 0 })}
							</p>
						)}
						<SaidBubble text={one.text} fileId={one.fileId} />
					</div>
				))}
				{shown.length === 0 && <p className="m-auto px-4 text-center text-soft text-sm">{t("nothing")}</p>}
			</div>
		</section>
	);
}
