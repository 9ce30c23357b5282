import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { LabelDot, labelColors } from "@/app/label-mark";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, Input } from "@/ui";
import { labelKeys } from "./keys";
import type { Label } from "./labels";
import { labelsWords } from "./labels-words";
import { settingsWords } from "./words";

interface DialogProps {
	device: string;
	/** Missing for a new one. */
	label?: Label;
	/** What a new one is coloured like, until somebody chooses. */
	color: number;
	onClose: () => void;
}

/** Makes a label, or changes its name and colour. */
export function LabelDialog({ device, label, color: first, onClose }: DialogProps) {
	const t = useWords(labelsWords);
	const s = useWords(settingsWords);
	const queries = useQueryClient();
	const [name, setName] = useState(label?.name ?? "");
	const [color, setColor] = useState(label?.color ?? first);
	const save = useMutation({
		mutationFn: () => {
			const body = { name: name.trim(), color };
			if (!label) return ask(api.POST("/devices/{id}/labels", { params: { path: { id: device } }, body }));
			const params = { path: { id: device, label_id: label.id } };
			return ask(api.PATCH("/devices/{id}/labels/{label_id}", { params, body }));
		},
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: labelKeys.all });
			onClose();
		},
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate();
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t(label ? "editTitle" : "add")}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind="main" type="submit" form="label" busy={save.isPending}>
						{s("save")}
					</Button>
				</>
			}
		>
			<form id="label" className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("name")} name="name" fault={save.error}>
					<Input required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
				</Field>
				<Colors value={color} onChange={setColor} />
				<FormFault fault={save.error} fields={["name"]} />
			</form>
		</Dialog>
	);
}

function Colors({ value, onChange }: { value: number; onChange: (color: number) => void }) {
	const t = useWords(labelsWords);
	return (
		<fieldset>
			<legend className="mb-1 font-medium text-sm">{t("color")}</legend>
			<div className="grid grid-cols-5 sm:grid-cols-10">
				{labelColors.map((color, n) => (
					<label
						key={color}
						className="grid size-11 cursor-pointer place-items-center rounded-md has-checked:bg-accent-soft has-checked:outline-2 has-checked:outline-accent has-focus-visible:outline-2 has-focus-visible:outline-ink"
					>
						<input
							type="radio"
							name="color"
							className="sr-only"
							aria-label={t("colorNumber", { n: n + 1 })}
							checked={value === n}
							onChange={() => onChange(n)}
						/>
						<LabelDot color={n} className="size-6" />
					</label>
				))}
			</div>
		</fieldset>
	);
}
