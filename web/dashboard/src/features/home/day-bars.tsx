import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import type { Report } from "./figures";
import { figuresWords } from "./figures-words";
import { ticks } from "./measure";
import { ChartTable } from "./tables";

const parts = [
	{ name: "received", fill: "fill-accent", ground: "bg-accent" },
	{ name: "people", fill: "fill-good", ground: "bg-good" },
	{ name: "machines", fill: "fill-spice", ground: "bg-spice" },
] as const;

interface Value {
	date: string;
	received: number;
	people: number;
	machines: number;
}

/** What came in and what went out, day by day. */
export function DayBars({ days }: { days: Report["days"] }) {
	const t = useWords(figuresWords);
	const format = useFormat();
	const values: Value[] = days.map((day) => ({
		date: day.date,
		received: day.received,
		people: day.sent_by_people,
		machines: day.sent_by_machines,
	}));
	const label = (date: string) => format.date(Date.parse(`${date}T12:00:00Z`));
	return (
		<>
			<ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
				{parts.map((part) => (
					<li key={part.name} className="inline-flex items-center gap-1.5">
						<span aria-hidden className={`size-3 rounded-sm ${part.ground}`} />
						{t(part.name)}
					</li>
				))}
			</ul>
			<Picture values={values} label={(date) => label(date).replace(/ \d{4}$/, "")} />
			<ChartTable
				caption={t("perDay")}
				heads={[t("day"), t("received"), t("people"), t("machines")]}
				rows={values.map((one) => [label(one.date), ...parts.map((part) => format.number(one[part.name]))])}
			/>
		</>
	);
}

/** The bars stretch to the place that there is; what is written beside them does not. */
function Picture({ values, label }: { values: Value[]; label: (date: string) => string }) {
	const format = useFormat();
	const axis = ticks(Math.max(...values.flatMap((one) => [one.received, one.people + one.machines])));
	const top = axis.at(-1) ?? 1;
	const every = Math.ceil(values.length / 4);
	return (
		<div aria-hidden className="grid grid-cols-[auto_1fr] gap-x-2 text-soft text-xs tabular-nums">
			<div className="-my-2 flex h-52 flex-col-reverse justify-between text-right">
				{axis.map((n) => (
					<span key={n}>{format.number(n)}</span>
				))}
			</div>
			<svg
				aria-hidden
				viewBox={`0 0 ${values.length * 10} ${top}`}
				preserveAspectRatio="none"
				className="h-48 w-full overflow-visible"
			>
				{axis.map((n) => (
					<line
						key={n}
						x1={0}
						x2={values.length * 10}
						y1={top - n}
						y2={top - n}
						vectorEffect="non-scaling-stroke"
						className="stroke-line"
					/>
				))}
				{values.map((one, i) => (
					<g key={one.date}>
						<Bar x={i * 10 + 1.5} from={0} to={one.received} top={top} className={parts[0].fill} />
						<Bar x={i * 10 + 5.2} from={0} to={one.people} top={top} className={parts[1].fill} />
						<Bar
							x={i * 10 + 5.2}
							from={one.people}
							to={one.people + one.machines}
							top={top}
							className={parts[2].fill}
						/>
					</g>
				))}
			</svg>
			<span />
			<div className="flex justify-between pt-2.5">
				{values.map((one, i) =>
					i % every === 0 || values.length <= 7 ? (
						<span key={one.date} className={values.length <= 7 ? "min-w-0 flex-1 text-center" : undefined}>
							<span className={i % 2 === 1 && values.length <= 7 ? "max-sm:hidden" : undefined}>{label(one.date)}</span>
						</span>
					) : null,
				)}
			</div>
		</div>
	);
}

interface BarProps {
	x: number;
	from: number;
	to: number;
	top: number;
	className: string;
}

function Bar({ x, from, to, top, className }: BarProps) {
	return <rect x={x} y={top - to} width={3.3} height={to - from} className={className} />;
}
