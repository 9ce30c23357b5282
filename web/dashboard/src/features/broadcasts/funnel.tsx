import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Card } from "@/ui";
import { type Broadcast, funnel, gone, over, wanted } from "./model";
import { oneWords } from "./one-words";
import { ProgressBar } from "./progress";
import { TimeLine } from "./row";
import { broadcastsWords } from "./words";

/** How far it is, and how far it got with those who have it. */
export function Funnel({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const list = useWords(broadcastsWords);
	const format = useFormat();
	const c = one.counts;
	const stages = funnel(c);
	const rest = (["queued", "claimed", "failed", "skipped", "opted_out", "cancelled"] as const).filter(
		(name) => c[name] > 0,
	);
	return (
		<Card className="flex flex-col gap-5">
			<div className="flex flex-col gap-2">
				<div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
					<p className="font-semibold text-lg tabular-nums" role="status">
						{list("of", { done: format.number(gone(c)), total: format.number(wanted(c)) })}
					</p>
					<p className="flex flex-wrap gap-x-4 text-soft text-sm">
						<TimeLine one={one} />
					</p>
				</div>
				<ProgressBar counts={c} label={list("progress", { name: one.name })} />
			</div>
			<ul className="flex flex-col gap-3" aria-label={t("results")}>
				{stages.map((stage) => (
					<li key={stage.name} className="grid grid-cols-[6.5rem_minmax(0,1fr)_auto] items-center gap-3">
						<span>{list(`c_${stage.name}`)}</span>
						<span aria-hidden className="h-6 overflow-hidden rounded-sm bg-sunken">
							<span
								className="block h-full rounded-sm bg-accent transition-[width]"
								style={{ width: `${stage.part * 100}%` }}
							/>
						</span>
						<span className="min-w-20 text-right tabular-nums">
							<strong>{format.number(stage.count)}</strong>{" "}
							<span className="text-soft text-sm">{Math.round(stage.part * 100)}%</span>
						</span>
					</li>
				))}
			</ul>
			{rest.length > 0 && (
				<dl className="grid grid-cols-2 gap-2 sm:grid-cols-4">
					{rest
						.filter((name) => !(over(one.state) && (name === "queued" || name === "claimed")))
						.map((name) => (
							<div key={name} className="flex flex-col-reverse rounded-md bg-sunken px-3 py-2">
								<dt className="text-soft text-sm">{list(`c_${name}`)}</dt>
								<dd className="font-semibold text-xl tabular-nums">{format.number(c[name])}</dd>
							</div>
						))}
				</dl>
			)}
		</Card>
	);
}
