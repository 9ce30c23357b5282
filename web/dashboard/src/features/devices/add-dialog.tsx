import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { api, ask, newKey } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, Input } from "@/ui";
import { devicesKeys } from "./keys";
import { devicesWords } from "./words";

/** Asks for a name, makes the device, and goes on to linking it. */
export function AddDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(devicesWords);
	const form = useId();
	const client = useQueryClient();
	const navigate = useNavigate();
	const [name, setName] = useState("");
	const [key, setKey] = useState(newKey);
	const add = useMutation({
		mutationFn: () => {
			const params = { header: { "Idempotency-Key": key } };
			return ask(api.POST("/devices", { params, body: { channel: "whatsapp", name: name.trim() } }));
		},
		onSuccess: async (device) => {
			client.setQueryData(devicesKeys.one(device.id), device);
			void client.invalidateQueries({ queryKey: devicesKeys.list() });
			await navigate({ to: `/devices/${device.id}` });
		},
	});
	const change = (text: string) => {
		setName(text);
		setKey(newKey());
	};
	const submit = (e: FormEvent) => {
		e.preventDefault();
		if (!add.isPending) add.mutate();
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("add")}
			description={t("addHint")}
			actions={
				<Button kind="main" type="submit" form={form} busy={add.isPending} disabled={name.trim() === ""}>
					{t("goOn")}
				</Button>
			}
		>
			<form id={form} onSubmit={submit} className="flex flex-col gap-4">
				<Field label={t("name")} name="name" hint={t("nameHint")} fault={add.error}>
					<Input value={name} maxLength={100} required onChange={(e) => change(e.target.value)} />
				</Field>
				<FormFault fault={add.error} fields={["name"]} />
			</form>
		</Dialog>
	);
}
