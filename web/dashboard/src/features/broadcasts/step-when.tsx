import { Link } from "@tanstack/react-router";
import { useInstallation } from "@/app/installation";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, Card, Checkbox, Field, Input, Skeleton, Switch } from "@/ui";
import { Radios, Ticked } from "./choices";
import { everyDay, type Preset } from "./draft";
import type { StepProps } from "./editor";
import { editorWords } from "./editor-words";
import { useDevices, usePaces } from "./queries";
import { local, tomorrow, weekly } from "./repeat";
import { RepeatChoice } from "./repeat-choice";
import { repeatWords } from "./repeat-words";

/** By which numbers it goes, how fast, at which hours, and from when on. */
export function StepWhen({ draft, change }: StepProps) {
	return (
		<>
			<Devices draft={draft} change={change} />
			<Pace draft={draft} change={change} />
			<Hours draft={draft} change={change} />
			<Start draft={draft} change={change} />
		</>
	);
}

function Devices({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const { data } = useDevices();
	if (!data) return <Skeleton className="h-32" />;
	const all = data.items;
	const chosen = draft.devices ?? onlineOf(all).map((id) => ({ id, weight: 1 }));
	const toggle = (id: string, on: boolean) =>
		change({ devices: on ? [...chosen, { id, weight: 1 }] : chosen.filter((one) => one.id !== id) });
	const weigh = (id: string, weight: number) =>
		change({ devices: chosen.map((one) => (one.id === id ? { id, weight } : one)) });
	return (
		<Card className="flex flex-col gap-3">
			<div>
				<h2 className="text-lg">{t("devices")}</h2>
				{all.length > 1 && <p className="text-pretty text-soft text-sm">{t("devicesHint")}</p>}
			</div>
			{all.length === 0 && (
				<p className="text-pretty">
					{t("noDevices")}{" "}
					<Link to="/devices" className="text-accent-ink underline underline-offset-4">
						{t("toDevices")}
					</Link>
				</p>
			)}
			<ul className="flex flex-col">
				{all.map((device) => {
					const sender = chosen.find((one) => one.id === device.id);
					return (
						<li key={device.id} className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1">
							<Checkbox
								className="min-w-0 flex-1 items-center py-2"
								label={<span className="outside">{device.name}</span>}
								checked={Boolean(sender)}
								onChange={(on) => toggle(device.id, on)}
							/>
							{device.state !== "online" && <Badge kind="warn">{t("offline")}</Badge>}
							{sender && chosen.length > 1 && (
								<Input
									type="number"
									inputMode="numeric"
									min={1}
									max={100}
									aria-label={t("weight", { name: device.name })}
									className="w-20"
									value={sender.weight}
									onChange={(e) =>
										weigh(device.id, Math.min(100, Math.max(1, Math.round(Number(e.target.value)) || 1)))
									}
								/>
							)}
						</li>
					);
				})}
			</ul>
			{chosen.length > 1 && (
				<Checkbox
					label={t("takeOver")}
					hint={t("takeOverHint")}
					checked={draft.takeOver}
					onChange={(takeOver) => change({ takeOver })}
				/>
			)}
		</Card>
	);
}

/** The devices by which something can go now. */
export function onlineOf(list: { id: string; state: string }[]): string[] {
	return list.filter((one) => one.state === "online").map((one) => one.id);
}

function Pace({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const format = useFormat();
	const { data: installation } = useInstallation();
	const { data: devices } = useDevices();
	const { data: paces } = usePaces(draft.devices?.[0]?.id ?? devices?.items[0]?.id);
	const numbers = (preset: Preset) => {
		const warm = paces?.find((pace) => pace.preset === preset)?.warm;
		if (!warm) return "";
		return t("p_numbers", {
			minute: format.number(warm.minute),
			hour: format.number(warm.hour),
			day: format.number(warm.day),
		});
	};
	const paced = (["cautious", "normal", "bold"] as const).map((value) => ({
		value: value as Preset,
		label: t(`p_${value}`),
		hint: `${numbers(value)} ${t(`p_${value}Hint`)}`.trim(),
	}));
	return (
		<Card className="flex flex-col gap-3">
			<h2 className="text-lg">{t("pace")}</h2>
			<Radios<Preset>
				name="pace"
				legend={t("pace")}
				value={draft.preset}
				onChange={(preset) => change({ preset })}
				choices={[
					{ value: "", label: t("p_"), hint: t("p_Hint") },
					...paced,
					...(installation?.simulated ? [{ value: "none" as const, label: t("p_none"), hint: t("p_noneHint") }] : []),
				]}
			/>
		</Card>
	);
}

function Hours({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const format = useFormat();
	const days = (everyDay as (0 | 1 | 2 | 3 | 4 | 5 | 6)[]).map((day) => ({
		value: String(day),
		label: t(`d${day}`),
	}));
	return (
		<Card className="flex flex-col gap-4">
			<Switch
				label={<span className="font-semibold text-lg">{t("hoursOn")}</span>}
				hint={t("hoursHint")}
				checked={draft.hours}
				onChange={(hours) => change({ hours })}
			/>
			{draft.hours && (
				<>
					<div className="grid max-w-sm grid-cols-2 gap-3">
						<Field label={`${t("from")} (${format.zone})`}>
							<Input type="time" value={draft.from} onChange={(e) => change({ from: e.target.value })} />
						</Field>
						<Field label={`${t("to")} (${format.zone})`}>
							<Input type="time" value={draft.to} onChange={(e) => change({ to: e.target.value })} />
						</Field>
					</div>
					<Ticked
						label={t("days")}
						chosen={draft.days.map(String)}
						onChange={(chosen) => change({ days: chosen.map(Number) })}
						choices={days}
					/>
				</>
			)}
		</Card>
	);
}

function Start({ draft, change }: StepProps) {
	const t = useWords(editorWords);
	const again = useWords(repeatWords);
	const format = useFormat();
	const begin = (value: "now" | "at" | "again") => {
		const startAt = { now: 0, at: Date.now() + 3_600_000, again: tomorrow(Date.now()) }[value];
		change({ startAt, repeat: value === "again" ? weekly(startAt) : undefined });
	};
	const { repeat } = draft;
	return (
		<Card className="flex flex-col gap-3">
			<h2 className="text-lg">{t("start")}</h2>
			<Radios<"now" | "at" | "again">
				name="start"
				legend={t("start")}
				value={repeat ? "again" : draft.startAt ? "at" : "now"}
				onChange={begin}
				choices={[
					{ value: "now", label: t("startNow") },
					{ value: "at", label: t("startAt") },
					{ value: "again", label: again("again"), hint: again("againHint") },
				]}
			>
				{draft.startAt > 0 && (
					<Field label={repeat ? again("from") : t("startTime")} hint={format.full(draft.startAt)}>
						<Input
							type="datetime-local"
							className="max-w-60"
							value={local(draft.startAt)}
							min={local(Date.now())}
							onChange={(e) => e.target.value && change({ startAt: new Date(e.target.value).getTime() })}
						/>
					</Field>
				)}
				{repeat && <RepeatChoice repeat={repeat} startAt={draft.startAt} onChange={(repeat) => change({ repeat })} />}
			</Radios>
		</Card>
	);
}
