import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { broadcastsWords } from "./words";

const aDay = 24 * 60 * 60_000;

/** Says a moment as people do: today at 14.30, tomorrow at 10.30, 2 Dec 2026 14.30 WIB. */
export function useWhen(): (at: number) => string {
	const t = useWords(broadcastsWords);
	const format = useFormat();
	return (at) => {
		const now = Date.now();
		const date = format.date(at);
		const day = date === format.date(now) ? t("today") : date === format.date(now + aDay) ? t("tomorrow") : undefined;
		return day ? t("at", { day, time: format.time(at) }) : format.full(at);
	};
}
