import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import type { Report } from "./figures";
import { figuresWords } from "./figures-words";
import { lengthOf } from "./measure";

/** A length of time in words: "3 min", or a dash where there is none. */
export function useLength(): (ms: number, count: number) => string {
	const t = useWords(figuresWords);
	const format = useFormat();
	return (ms, count) => {
		if (count === 0) return "–";
		const [n, unit] = lengthOf(ms);
		return t(unit, { n: format.number(n) });
	};
}

/** The sums of the span. */
export function Totals({ report }: { report: Report }) {
	const t = useWords(figuresWords);
	const format = useFormat();
	const length = useLength();
	const { received, sent_by_people, sent_by_machines, replies } = report.total;
	const tiles = [
		{ name: t("median"), value: length(replies.median_ms, replies.count) },
		{ name: t("received"), value: format.number(received) },
		{ name: t("people"), value: format.number(sent_by_people) },
		{ name: t("machines"), value: format.number(sent_by_machines) },
	];
	const slow = replies.count > 0 ? t("p90", { time: length(replies.p90_ms, replies.count) }) : t("noReplies");
	return (
		<dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
			{tiles.map((tile, i) => (
				<div key={tile.name} className="flex flex-col rounded-lg border border-line bg-surface p-4">
					<dt className="text-sm text-soft">{tile.name}</dt>
					<dd className="pt-1 font-semibold text-2xl tabular-nums">{tile.value}</dd>
					{i === 0 && <dd className="pt-1 text-soft text-xs">{slow}</dd>}
				</div>
			))}
		</dl>
	);
}
