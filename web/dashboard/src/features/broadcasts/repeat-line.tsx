import { Repeat2 } from "lucide-react";
import { useWords } from "@/lib/words";
import type { Broadcast } from "./model";
import { useRepeatSaid } from "./repeat-said";
import { repeatWords } from "./repeat-words";

/** That it repeats, in a line of the list: how, or which one it is. */
export function RepeatLine({ one }: { one: Broadcast }) {
	const t = useWords(repeatWords);
	const said = useRepeatSaid();
	if (!one.series_id) return null;
	const nth = one.series_n && one.series_n > 1 ? t("nth", { n: one.series_n }) : undefined;
	return (
		<span className="inline-flex min-w-0 items-center gap-1.5">
			<Repeat2 className="size-4 shrink-0" aria-hidden />
			<span className="outside min-w-0">
				{[one.repeat ? said(one.repeat) : t("series"), nth].filter(Boolean).join(" · ")}
			</span>
		</span>
	);
}
