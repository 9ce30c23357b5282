import { Link } from "@tanstack/react-router";
import { Repeat2 } from "lucide-react";
import { useWords } from "@/lib/words";
import { Card } from "@/ui";
import type { Broadcast } from "./model";
import { useSeries } from "./more";
import { NextTimes } from "./repeat-choice";
import { useRepeatSaid } from "./repeat-said";
import { repeatWords } from "./repeat-words";
import { StateBadge, TimeLine } from "./row";

/** When it goes again, and the others of its series. */
export function Series({ one }: { one: Broadcast }) {
	const t = useWords(repeatWords);
	const said = useRepeatSaid();
	const { data } = useSeries(one);
	if (!one.series_id) return null;
	const others = data?.items.filter((other) => other.id !== one.id) ?? [];
	return (
		<Card className="flex flex-col gap-4">
			<div>
				<h2 className="flex items-center gap-2 text-lg">
					<Repeat2 className="size-5 shrink-0 text-soft" aria-hidden />
					<span className="outside min-w-0">{one.repeat ? said(one.repeat) : t("series")}</span>
				</h2>
				{one.repeat && (
					<p className="text-pretty text-soft text-sm">{t(one.state === "paused" ? "pausedSeries" : "countedAgain")}</p>
				)}
			</div>
			{one.next && one.next.length > 0 && <NextTimes times={one.next} />}
			{others.length > 0 && (
				<div>
					<h3 className="pb-1 font-medium text-sm">{t("seriesAll")}</h3>
					<ul className="flex flex-col" aria-label={t("seriesAll")}>
						{others.map((other) => (
							<li key={other.id} className="border-line not-last:border-b">
								<Link
									to="/broadcasts/$broadcast"
									params={{ broadcast: other.id }}
									className="-mx-2 flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-2 py-1.5 hover:bg-sunken"
								>
									<span className="font-medium">{t("nth", { n: other.series_n ?? 0 })}</span>
									<span className="min-w-0 flex-1 text-soft text-sm">
										<TimeLine one={other} />
									</span>
									<StateBadge one={other} />
								</Link>
							</li>
						))}
					</ul>
				</div>
			)}
		</Card>
	);
}
