import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { useWords } from "@/lib/words";
import { Button, Card, Field, Input, Select, Switch, toast, toastFault } from "@/ui";
import { devicesKeys } from "./keys";
import { paceWords } from "./pace-words";

type Pace = Schema["GovernorPaceView"];
type Wish = Schema["GovernorWish"];
type Budget = Schema["PaceBudget"];

/** How fast a device may send: a preset, and the numbers that are to be others. */
export function PaceCard({ id }: { id: string }) {
	const query = useQuery({
		queryKey: devicesKeys.pace(id),
		queryFn: () => ask(api.GET("/devices/{id}/pace", { params: { path: { id } } })),
	});
	if (!query.data) return null;
	return <PaceForm key={JSON.stringify(query.data)} id={id} pace={query.data} />;
}

function PaceForm({ id, pace }: { id: string; pace: Pace }) {
	const t = useWords(paceWords);
	const client = useQueryClient();
	const [wish, setWish] = useState(pace);
	const save = useMutation({
		mutationFn: (body: Wish) => ask(api.PUT("/devices/{id}/pace", { params: { path: { id } }, body })),
		onSuccess: (data) => {
			client.setQueryData(devicesKeys.pace(id), data);
			toast(t("saved"), { kind: "good" });
		},
		onError: (error) => !(error instanceof Fault && error.field) && toastFault(error),
	});
	const fault = save.error instanceof Fault && save.error.field ? save.error : undefined;
	const choose = (preset: Pace["preset"]) => {
		const numbers = pace.presets?.find((p) => p.preset === preset);
		setWish({ ...wish, ...numbers, preset });
	};
	const presets = ["cautious", "normal", "bold", ...(pace.simulated ? ["none"] : [])] as Pace["preset"][];
	return (
		<Card className="flex flex-col gap-5">
			<div className="flex flex-col gap-1">
				<h2 className="text-lg">{t("title")}</h2>
				<p className="text-pretty text-soft text-sm">{t("hint")}</p>
				{pace.simulated && <p className="text-pretty text-soft text-sm">{t("simulated")}</p>}
			</div>
			<form
				className="flex flex-col gap-4"
				onSubmit={(e) => {
					e.preventDefault();
					save.mutate(wishOf(wish));
				}}
			>
				<Field label={t("preset")} name="preset" fault={fault}>
					<Select value={wish.preset} onChange={(e) => choose(e.target.value as Pace["preset"])}>
						{presets.map((preset) => (
							<option key={preset} value={preset}>
								{t(`preset_${preset}`)}
							</option>
						))}
					</Select>
				</Field>
				{wish.preset !== "none" && <Numbers wish={wish} fault={fault} onChange={setWish} />}
				<Button
					kind="main"
					type="submit"
					className="self-start"
					busy={save.isPending}
					disabled={JSON.stringify(wish) === JSON.stringify(pace)}
				>
					{t("save")}
				</Button>
			</form>
		</Card>
	);
}

/** What of a pace is sent: with no pace, the preset alone. */
function wishOf({ preset, warm, cold, cold_first_day, gap, hours }: Pace): Wish {
	return preset === "none" ? { preset } : { preset, warm, cold, cold_first_day, gap, hours };
}

type NumbersProps = { wish: Pace; fault: Fault | undefined; onChange: (wish: Pace) => void };

function Numbers({ wish, fault, onChange }: NumbersProps) {
	const t = useWords(paceWords);
	const one = (label: string, name: string, value: number, set: (n: number) => Partial<Pace>) => (
		<Field label={label} name={name} fault={fault}>
			<Input
				type="number"
				inputMode="numeric"
				required
				min={0}
				value={value}
				onChange={(e) => onChange({ ...wish, ...set(e.target.valueAsNumber || 0) })}
			/>
		</Field>
	);
	const budget = (of: "warm" | "cold") => (
		<fieldset className="flex flex-col gap-2">
			<legend className="font-medium">{t(of)}</legend>
			<div className="grid grid-cols-3 gap-3">
				{(["minute", "hour", "day"] as (keyof Budget & ("minute" | "hour" | "day"))[]).map((window) => (
					<div key={window}>
						{one(t(window), `${of}.${window}`, wish[of][window], (n) => ({ [of]: { ...wish[of], [window]: n } }))}
					</div>
				))}
			</div>
		</fieldset>
	);
	return (
		<>
			{budget("warm")}
			{budget("cold")}
			{one(t("firstDay"), "cold_first_day", wish.cold_first_day, (cold_first_day) => ({ cold_first_day }))}
			<fieldset className="flex flex-col gap-2">
				<legend className="font-medium">{t("gap")}</legend>
				<div className="grid grid-cols-2 gap-3">
					{one(t("from"), "gap", wish.gap.min, (min) => ({ gap: { ...wish.gap, min } }))}
					{one(t("to"), "gap", wish.gap.max, (max) => ({ gap: { ...wish.gap, max } }))}
				</div>
			</fieldset>
			<Hours wish={wish} fault={fault} onChange={onChange} />
		</>
	);
}

function Hours({ wish, fault, onChange }: NumbersProps) {
	const t = useWords(paceWords);
	const set = (hours: Partial<Pace["hours"]>) => onChange({ ...wish, hours: { ...wish.hours, ...hours } });
	return (
		<fieldset className="flex flex-col gap-3">
			<legend className="font-medium">{t("hours")}</legend>
			<div className="grid grid-cols-2 gap-3">
				<Field label={t("from")} name="hours.from" fault={fault}>
					<Input type="time" required value={wish.hours.from} onChange={(e) => set({ from: e.target.value })} />
				</Field>
				<Field label={t("to")} name="hours.to" fault={fault}>
					<Input type="time" required value={wish.hours.to} onChange={(e) => set({ to: e.target.value })} />
				</Field>
			</div>
			<Switch label={t("holidays")} checked={wish.hours.holidays} onChange={(holidays) => set({ holidays })} />
		</fieldset>
	);
}
