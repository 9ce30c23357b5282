import { useState } from "react";
import { useWords } from "@/lib/words";
import { Checkbox, Field, Input, Select } from "@/ui";
import { bounded } from "./answers";
import { editorWords } from "./editor-words";
import { type Draft, most } from "./model";
import { useDevices } from "./queries";

interface ScopeProps {
	draft: Draft;
	change: (more: Partial<Draft>) => void;
	fault: unknown;
}

/** Whom a rule answers, on which devices, and how often. */
export function ScopeFields({ draft, change, fault }: ScopeProps) {
	const t = useWords(editorWords);
	return (
		<div className="grid gap-4 sm:grid-cols-2">
			<Field label={t("who")} name="audience" fault={fault}>
				<Select value={draft.audience} onChange={(e) => change({ audience: e.target.value as Draft["audience"] })}>
					<option value="people">{t("people")}</option>
					<option value="groups">{t("groups")}</option>
					<option value="both">{t("both")}</option>
				</Select>
			</Field>
			<Every draft={draft} change={change} fault={fault} />
			<Devices draft={draft} change={change} fault={fault} />
		</div>
	);
}

const rests = [
	[0, "everyNo"],
	[60, "everyHour"],
	[240, "everyFour"],
	[1440, "everyDay"],
] as const;

function Every({ draft, change, fault }: ScopeProps) {
	const t = useWords(editorWords);
	const [own, setOwn] = useState(!rests.some(([minutes]) => minutes === draft.every_minutes));
	return (
		<div className="flex flex-col gap-2">
			<Field label={t("every")} name={own ? undefined : "every_minutes"} fault={fault}>
				<Select
					value={own ? "own" : draft.every_minutes}
					onChange={(e) => {
						setOwn(e.target.value === "own");
						if (e.target.value !== "own") change({ every_minutes: Number(e.target.value) });
					}}
				>
					{rests.map(([minutes, word]) => (
						<option key={minutes} value={minutes}>
							{t(word)}
						</option>
					))}
					<option value="own">{t("everyOwn")}</option>
				</Select>
			</Field>
			{own && (
				<Field label={t("minutes")} name="every_minutes" fault={fault}>
					<Input
						type="number"
						inputMode="numeric"
						min={0}
						max={most.minutes}
						value={draft.every_minutes}
						onChange={(e) => change({ every_minutes: bounded(e.target.value, most.minutes) })}
					/>
				</Field>
			)}
		</div>
	);
}

function Devices({ draft, change, fault }: ScopeProps) {
	const t = useWords(editorWords);
	const { data } = useDevices();
	const chosen = draft.devices;
	const all = data?.items ?? [];
	const gone = (chosen ?? []).filter((id) => data && !all.some((one) => one.id === id));
	const options = [...all.map(({ id, name }) => ({ id, name })), ...gone.map((id) => ({ id, name: t("goneDevice") }))];
	// With a single device there is nothing to choose.
	if (all.length < 2 && !chosen) return null;
	const toggle = (id: string, on: boolean) =>
		change({ devices: on ? [...(chosen ?? []), id] : (chosen ?? []).filter((one) => one !== id) });
	return (
		<div className="flex flex-col gap-2 sm:col-span-2">
			<Field
				label={t("devices")}
				name="device_ids"
				fault={fault}
				error={chosen?.length === 0 ? t("pickDevice") : undefined}
			>
				<Select
					value={chosen ? "some" : "all"}
					onChange={(e) => change({ devices: e.target.value === "some" ? [] : undefined })}
				>
					<option value="all">{t("allDevices")}</option>
					<option value="some">{t("someDevices")}</option>
				</Select>
			</Field>
			{chosen &&
				options.map(({ id, name }) => (
					<Checkbox
						key={id}
						className="min-h-9 items-center max-md:min-h-11"
						label={<span className="outside">{name}</span>}
						checked={chosen.includes(id)}
						onChange={(on) => toggle(id, on)}
					/>
				))}
		</div>
	);
}
