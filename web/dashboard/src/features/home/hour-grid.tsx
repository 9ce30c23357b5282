import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import type { Report } from "./figures";
import { figuresWords } from "./figures-words";
import { busiest, weekOf } from "./measure";
import { ChartTable } from "./tables";

/** A Monday, from which the days of a week have their names. */
const monday = Date.UTC(2026, 0, 5);

/** When in the week customers write. */
export function HourGrid({ hours }: { hours: Report["hours"] }) {
	const t = useWords(figuresWords);
	const format = useFormat();
	const language = useLanguage();
	const name = (day: number, weekday: "long" | "short") =>
		new Intl.DateTimeFormat(language, { weekday, timeZone: "UTC" }).format(monday + day * 86_400_000);
	const week = weekOf(hours);
	const top = busiest(hours);
	const clock = (hour: number) => format.clock(`${String(hour).padStart(2, "0")}:00`);
	return (
		<>
			<div aria-hidden className="grid grid-cols-[auto_1fr] items-center gap-x-2 gap-y-1">
				{week.map((day, i) => (
					<div key={name(i, "long")} className="contents">
						<span className="text-soft text-xs">{name(i, "short")}</span>
						<div className="grid grid-cols-[repeat(24,minmax(0,1fr))] gap-px sm:gap-0.5">
							{day.map((n, hour) => (
								<span
									key={clock(hour)}
									title={`${name(i, "long")} ${clock(hour)}: ${format.number(n)}`}
									className="h-6 overflow-hidden rounded-sm bg-sunken"
								>
									<span
										className="block size-full bg-accent"
										style={{ opacity: n === 0 || !top ? 0 : 0.15 + 0.85 * (n / top.received) }}
									/>
								</span>
							))}
						</div>
					</div>
				))}
				<span />
				<div className="grid grid-cols-4 text-soft text-xs tabular-nums">
					{[0, 6, 12, 18].map((hour) => (
						<span key={hour}>{clock(hour)}</span>
					))}
				</div>
			</div>
			{top && (
				<p className="text-sm">
					{t("busiest", {
						day: name(top.weekday - 1, "long"),
						hour: clock(top.hour),
						n: format.number(top.received),
					})}
				</p>
			)}
			<ChartTable
				caption={t("hours")}
				heads={[t("hour"), ...week.map((_, i) => name(i, "short"))]}
				rows={Array.from({ length: 24 }, (_, hour) => [
					clock(hour),
					...week.map((day) => format.number(day[hour] ?? 0)),
				])}
			/>
		</>
	);
}
