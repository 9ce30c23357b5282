import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, Dialog, Field, FormFault, Input, toast } from "@/ui";
import { devicesKeys } from "./keys";
import type { Device } from "./state";
import { devicesWords } from "./words";

interface Props {
	device: Device;
	onClose: () => void;
}

/** Takes a device off its account; it can be linked again. */
export function UnlinkDialog({ device, onClose }: Props) {
	const t = useWords(devicesWords);
	const client = useQueryClient();
	const unlink = useMutation({
		mutationFn: () => ask(api.POST("/devices/{id}/unlink", { params: { path: { id: device.id } } })),
		onSuccess: async (now) => {
			client.removeQueries({ queryKey: devicesKeys.link(device.id) });
			client.setQueryData(devicesKeys.one(device.id), now);
			await client.invalidateQueries({ queryKey: devicesKeys.list() });
			toast(t("unlinked"), { kind: "good" });
			onClose();
		},
	});
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={t("unlinkTitle", { name: device.name })}
			description={t("unlinkHint")}
			confirm={t("unlink")}
			danger
			busy={unlink.isPending}
			onConfirm={() => unlink.mutate()}
		>
			{unlink.error && <FormFault fault={unlink.error} />}
		</ConfirmDialog>
	);
}

/** Deletes a device with all that came through it, when its name has been typed. */
export function DeleteDialog({ device, onClose }: Props) {
	const t = useWords(devicesWords);
	const client = useQueryClient();
	const navigate = useNavigate();
	const [typed, setTyped] = useState("");
	const remove = useMutation({
		mutationFn: () => ask(api.DELETE("/devices/{id}", { params: { path: { id: device.id } } })),
		onSuccess: async () => {
			await navigate({ to: "/devices" });
			client.removeQueries({ queryKey: devicesKeys.one(device.id) });
			void client.invalidateQueries({ queryKey: devicesKeys.list() });
			void client.invalidateQueries({ queryKey: ["chats"] });
			toast(t("removed", { name: device.name }), { kind: "good" });
		},
	});
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("removeTitle", { name: device.name })}
			description={t("removeHint")}
			actions={
				<Button
					kind="danger"
					busy={remove.isPending}
					disabled={typed.trim() !== device.name.trim()}
					onClick={() => remove.mutate()}
				>
					{t("remove")}
				</Button>
			}
		>
			<div className="flex flex-col gap-3">
				<Field label={<span className="outside">{t("removeName", { name: device.name })}</span>}>
					<Input autoComplete="off" value={typed} onChange={(e) => setTyped(e.target.value)} />
				</Field>
				<FormFault fault={remove.error} />
			</div>
		</Dialog>
	);
}
