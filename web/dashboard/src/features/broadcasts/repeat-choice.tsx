import type { ReactNode } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Field, FormFault, Input, Select, Skeleton } from "@/ui";
import { Choices, Ticked } from "./choices";
import { everyDay } from "./draft";
import { useTimes } from "./more";
import { dayOf, incomplete, type Repeat, ruleOf } from "./repeat";
import { repeatWords } from "./repeat-words";

const monthDays = Array.from({ length: 31 }, (_, i) => i + 1);

interface RepeatProps {
	repeat: Repeat;
	startAt: number;
	onChange: (repeat: Repeat) => void;
}

/** How often it goes again, until when, and the first times of that. */
export function RepeatChoice({ repeat, startAt, onChange }: RepeatProps) {
	const t = useWords(repeatWords);
	const set = (more: Partial<Repeat>) => onChange({ ...repeat, ...more });
	const days = (everyDay as (0 | 1 | 2 | 3 | 4 | 5 | 6)[]).map((day) => ({ value: String(day), label: t(`d${day}`) }));
	return (
		<>
			<Part label={t("often")}>
				<Choices
					label={t("often")}
					value={repeat.every}
					onChange={(every) => set({ every })}
					choices={(["day", "week", "month"] as const).map((value) => ({ value, label: t(value) }))}
				/>
			</Part>
			{repeat.every === "week" && (
				<Part label={t("onDays")}>
					<Ticked
						label={t("onDays")}
						chosen={repeat.days.map(String)}
						onChange={(chosen) => set({ days: chosen.map(Number) })}
						choices={days}
					/>
				</Part>
			)}
			{repeat.every === "month" && (
				<Field label={t("onDate")} hint={repeat.monthDay > 28 ? t("short") : undefined}>
					<Select
						className="max-w-60"
						value={repeat.monthDay}
						onChange={(e) => set({ monthDay: Number(e.target.value) })}
					>
						{monthDays.map((day) => (
							<option key={day} value={day}>
								{day}
							</option>
						))}
						<option value={-1}>{t("lastDay")}</option>
					</Select>
				</Field>
			)}
			<Ends repeat={repeat} startAt={startAt} onChange={onChange} />
			{!incomplete(repeat) && <Coming startAt={startAt} rule={ruleOf(repeat)} />}
		</>
	);
}

function Part({ label, children }: { label: string; children: ReactNode }) {
	return (
		<div className="flex flex-col gap-1.5">
			<p className="font-medium text-sm" aria-hidden>
				{label}
			</p>
			{children}
		</div>
	);
}

function Ends({ repeat, startAt, onChange }: RepeatProps) {
	const t = useWords(repeatWords);
	const set = (more: Partial<Repeat>) => onChange({ ...repeat, ...more });
	return (
		<>
			<Part label={t("ends")}>
				<Choices
					label={t("ends")}
					value={repeat.ends}
					onChange={(ends) => set({ ends })}
					choices={(["never", "until", "times"] as const).map((value) => ({ value, label: t(value) }))}
				/>
			</Part>
			{repeat.ends === "until" && (
				<Field label={t("untilDate")}>
					<Input
						type="date"
						className="max-w-60"
						min={dayOf(startAt)}
						value={repeat.until}
						onChange={(e) => set({ until: e.target.value })}
					/>
				</Field>
			)}
			{repeat.ends === "times" && (
				<Field label={t("howOften")}>
					<Input
						type="number"
						inputMode="numeric"
						min={1}
						max={1000}
						className="max-w-32"
						value={repeat.times || ""}
						onChange={(e) => set({ times: Math.round(Number(e.target.value)) })}
					/>
				</Field>
			)}
		</>
	);
}

function Coming({ startAt, rule }: { startAt: number; rule: string }) {
	const { data, error } = useTimes(startAt, rule);
	if (error) return <FormFault fault={error} />;
	return data ? <NextTimes times={data.times} /> : <Skeleton className="h-20 max-w-96" />;
}

/** The next times, with their weekdays. */
export function NextTimes({ times }: { times: number[] }) {
	const t = useWords(repeatWords);
	const format = useFormat();
	return (
		<div className="flex flex-col gap-1" role="status">
			<p className="font-medium text-sm">{t("coming", { zone: format.zone })}</p>
			<ol className="flex flex-col gap-0.5 text-soft">
				{times.map((at) => (
					<li key={at} className="first-letter:uppercase">
						{format.day(at)}, {format.time(at)}
					</li>
				))}
			</ol>
		</div>
	);
}
