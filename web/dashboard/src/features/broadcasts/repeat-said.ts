import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { readRule } from "./repeat";
import { repeatWords } from "./repeat-words";

/** Says an RRULE in words: every Monday, Thursday, until 31 Dec 2026. */
export function useRepeatSaid(): (rule: string) => string {
	const t = useWords(repeatWords);
	const format = useFormat();
	return (rule) => {
		const said = readRule(rule);
		if (!said) return t("saidRule", { rule });
		const days = said.days.map((day) => t(`d${day as 0 | 1 | 2 | 3 | 4 | 5 | 6}`)).join(", ");
		const every = () => {
			if (said.every === "day") return t("saidDay");
			if (said.every === "week") return days ? t("saidDays", { days }) : t("saidWeek");
			if (said.monthDay === -1) return t("saidLast");
			return said.monthDay ? t("saidDate", { day: said.monthDay }) : t("saidMonth");
		};
		const ends = () => {
			if (said.until !== undefined)
				return t("saidUntil", {
					// Noon is on its day in every zone from -11 to +11.
					date: format.date(typeof said.until === "number" ? said.until : Date.parse(`${said.until}T12:00:00Z`)),
				});
			return said.times ? t("saidTimes", { count: said.times }) : undefined;
		};
		return [every(), ends()].filter(Boolean).join(", ");
	};
}
