import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Card, FormFault, IconButton, Input, Switch } from "@/ui";
import { addSpan, type Day, days, type Span, spansOf } from "./hours";
import { Section } from "./parts";
import { settingsWords } from "./words";
import { useChangeWorkspace } from "./workspace";
import { workspaceWords } from "./workspace-words";

type Holiday = Schema["WorkspaceHoliday"];

/** When the business is open, day by day, and when it is closed in spite of that. */
export function OfficeHours({ stored }: { stored: Schema["WorkspaceOfficeHours"] }) {
	const t = useWords(workspaceWords);
	const s = useWords(settingsWords);
	const save = useChangeWorkspace();
	const [enabled, setEnabled] = useState(stored.enabled);
	const [hours, setHours] = useState<Span[]>(stored.hours);
	const [holidays, setHolidays] = useState<Holiday[]>(stored.holidays ?? []);
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate({ settings: { office_hours: { enabled, hours, holidays } } });
	};
	const turn = (on: boolean) => {
		setEnabled(on);
		// Without any hours it would be closed at all times.
		if (on && hours.length === 0) setHours(days.slice(0, 6).flatMap((day) => addSpan([], day)));
	};
	return (
		<Section title={t("hoursTitle")} hint={t("hoursHint")}>
			<Card>
				<form className="flex flex-col gap-4" onSubmit={submit}>
					<Switch label={t("enabled")} hint={t("enabledHint")} checked={enabled} onChange={turn} />
					{enabled && (
						<>
							<div className="flex flex-col">
								{days.map((day) => (
									<DayHours key={day} day={day} hours={hours} onChange={setHours} />
								))}
							</div>
							<Holidays holidays={holidays} onChange={setHolidays} />
						</>
					)}
					<FormFault fault={save.error} />
					<div>
						<Button type="submit" kind="main" busy={save.isPending}>
							{s("save")}
						</Button>
					</div>
				</form>
			</Card>
		</Section>
	);
}

function DayHours({ day, hours, onChange }: { day: Day; hours: Span[]; onChange: (hours: Span[]) => void }) {
	const t = useWords(workspaceWords);
	const name = t(day);
	const mine = spansOf(hours, day);
	const set = (at: number, change: Partial<Span>) =>
		onChange(hours.map((span, i) => (i === at ? { ...span, ...change } : span)));
	return (
		<div className="flex items-start gap-x-3 border-line py-2 not-last:border-b max-md:flex-wrap">
			<span className="flex min-h-10 w-24 shrink-0 items-center font-medium max-md:flex-1">{name}</span>
			<div className="flex flex-1 flex-col gap-2 max-md:order-last max-md:basis-full">
				{mine.length === 0 && <span className="flex min-h-10 items-center text-soft">{t("closed")}</span>}
				{mine.map((at) => (
					<div key={at} className="flex items-center gap-2">
						<Input
							type="time"
							required
							aria-label={t("open", { day: name })}
							className="max-w-32"
							value={hours[at]?.open ?? ""}
							onChange={(e) => set(at, { open: e.target.value })}
						/>
						<span aria-hidden>–</span>
						<Input
							type="time"
							required
							aria-label={t("close", { day: name })}
							className="max-w-32"
							value={shown(hours[at]?.close)}
							onChange={(e) => set(at, { close: e.target.value })}
						/>
						<IconButton
							label={t("removeSpan", { day: name })}
							onClick={() => onChange(hours.filter((_, i) => i !== at))}
						>
							<X />
						</IconButton>
					</div>
				))}
			</div>
			<IconButton label={t("addSpan", { day: name })} onClick={() => onChange(addSpan(hours, day))}>
				<Plus />
			</IconButton>
		</div>
	);
}

/** The end of the day is 24:00 to the server, which no browser can show. */
function shown(close = ""): string {
	return close === "24:00" ? "23:59" : close;
}

function Holidays({ holidays, onChange }: { holidays: Holiday[]; onChange: (holidays: Holiday[]) => void }) {
	const t = useWords(workspaceWords);
	const set = (at: number, change: Partial<Holiday>) =>
		onChange(holidays.map((one, i) => (i === at ? { ...one, ...change } : one)));
	return (
		<fieldset className="flex flex-col gap-2">
			<legend className="mb-2">
				<span className="font-medium">{t("holidays")}</span> <span className="text-soft">{t("holidaysHint")}</span>
			</legend>
			{holidays.map((one, at) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: they are edited in place, and have no name of their own
				<div key={at} className="flex items-center gap-2">
					<Input
						type="date"
						required
						aria-label={t("date")}
						className="max-w-40"
						value={one.date}
						onChange={(e) => set(at, { date: e.target.value })}
					/>
					<Input
						maxLength={100}
						aria-label={t("holiday")}
						placeholder={t("holiday")}
						value={one.name ?? ""}
						onChange={(e) => set(at, { name: e.target.value })}
					/>
					<IconButton label={t("removeHoliday")} onClick={() => onChange(holidays.filter((_, i) => i !== at))}>
						<X />
					</IconButton>
				</div>
			))}
			<div>
				<Button onClick={() => onChange([...holidays, { date: "", name: "" }])}>
					<Plus aria-hidden />
					{t("addHoliday")}
				</Button>
			</div>
		</fieldset>
	);
}
