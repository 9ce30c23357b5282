import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Card, ErrorState, Skeleton } from "@/ui";
import type { Broadcast } from "./model";
import { useTimetable } from "./more";
import { oneWords } from "./one-words";
import { type Day, daysOf } from "./timetable-days";
import { WarmUps } from "./warm-ups";

/** How many days are shown; what comes later is told in one line. */
const shown = 10;

/** What would go on which day, before anything is sent. */
export function Timetable({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const format = useFormat();
	const table = useTimetable(one);
	const days = daysOf(table.data?.hours ?? [], format.date);
	const most = Math.max(1, ...days.map((day) => day.sends));
	const rest = days.slice(shown);
	return (
		<Card className="flex flex-col gap-3">
			<h2 className="text-lg">{t("timetable")}</h2>
			{table.isPending && <Skeleton className="h-16" />}
			{table.error && !table.data && <ErrorState error={table.error} onRetry={() => void table.refetch()} />}
			<ul className="flex flex-col gap-2" aria-label={t("timetable")}>
				{days.slice(0, shown).map((day) => (
					<Line key={day.from} day={day} most={most} />
				))}
			</ul>
			{rest.length > 0 && (
				<p className="text-soft text-sm tabular-nums">
					{t("timetableRest", {
						count: rest.length,
						n: format.number(rest.reduce((sum, day) => sum + day.sends, 0)),
					})}
				</p>
			)}
			<WarmUps one={one} />
		</Card>
	);
}

function Line({ day, most }: { day: Day; most: number }) {
	const format = useFormat();
	const [from, to] = [format.time(day.from), format.time(day.to)];
	return (
		<li className="grid grid-cols-[minmax(0,auto)_minmax(0,1fr)_auto] items-center gap-3 text-sm tabular-nums">
			<span className="w-28">
				{format.day(day.from).replace(/ \d{4}$/, "")}
				<span className="block text-soft text-xs">{from === to ? from : `${from}–${to}`}</span>
			</span>
			<span aria-hidden className="h-4 overflow-hidden rounded-sm bg-sunken">
				<span className="block h-full rounded-sm bg-accent" style={{ width: `${(day.sends / most) * 100}%` }} />
			</span>
			<strong className="min-w-12 text-right">{format.number(day.sends)}</strong>
		</li>
	);
}
