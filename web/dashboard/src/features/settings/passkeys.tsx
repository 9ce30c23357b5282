import { useMutation } from "@tanstack/react-query";
import { KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { makePasskey, passkeysHere } from "@/lib/passkey";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, IconButton, Input, toast } from "@/ui";
import { accountWords } from "./account-words";
import { AskPassword } from "./ask-password";
import { Row, Rows, Section } from "./parts";
import { RecoveryCodes } from "./recovery-codes";
import { useFactorsChanged } from "./second-factor";
import { settingsWords } from "./words";

type Passkey = Schema["FactorPasskey"];
type Open = { deed: "add" } | { deed: "rename" | "remove"; passkey: Passkey };

/** A member's passkeys. */
export function Passkeys({ state }: { state: Schema["FactorState"] }) {
	const t = useWords(accountWords);
	const format = useFormat();
	const [open, setOpen] = useState<Open>();
	const close = () => setOpen(undefined);
	const unable = state.passkeys_here ? (passkeysHere() ? undefined : "passkeysNoBrowser") : "passkeysNotHere";
	return (
		<Section
			title={t("passkeys")}
			hint={t(unable ?? "passkeysHint")}
			actions={
				!unable && (
					<Button onClick={() => setOpen({ deed: "add" })}>
						<Plus aria-hidden />
						{t("passkeyAdd")}
					</Button>
				)
			}
		>
			{state.passkeys.length > 0 && (
				<Rows label={t("passkeys")}>
					{state.passkeys.map((passkey) => (
						<Row
							key={passkey.id}
							icon={<KeyRound className="size-5 shrink-0 text-soft" aria-hidden />}
							title={passkey.name}
							actions={
								<>
									<IconButton label={t("rename")} onClick={() => setOpen({ deed: "rename", passkey })}>
										<Pencil />
									</IconButton>
									<IconButton label={t("passkeyRemove")} onClick={() => setOpen({ deed: "remove", passkey })}>
										<Trash2 />
									</IconButton>
								</>
							}
						>
							{passkey.last_used_at ? t("used", { at: format.relative(passkey.last_used_at) }) : t("neverUsed")}
						</Row>
					))}
				</Rows>
			)}
			{open?.deed === "add" && <Add onClose={close} />}
			{open?.deed === "rename" && <Rename passkey={open.passkey} onClose={close} />}
			{open?.deed === "remove" && <Remove passkey={open.passkey} onClose={close} />}
		</Section>
	);
}

function Add({ onClose }: { onClose: () => void }) {
	const t = useWords(accountWords);
	const changed = useFactorsChanged();
	const [name, setName] = useState("");
	const [codes, setCodes] = useState<string[]>();
	const add = useMutation({
		mutationFn: async (password: string) => {
			const { options } = await ask(api.POST("/me/passkeys/begin", { body: { password } }));
			const credential = await makePasskey(options);
			if (!credential) throw new Error(t("passkeyOff"));
			return ask(api.POST("/me/passkeys", { body: { name, credential } }));
		},
		onSuccess: (made) => {
			changed();
			toast(t("passkeyAdded"), { kind: "good" });
			if (made.recovery_codes.length > 0) setCodes(made.recovery_codes);
			else onClose();
		},
	});
	if (codes) return <RecoveryCodes codes={codes} onClose={onClose} />;
	return (
		<AskPassword
			title={t("passkeyAdd")}
			confirm={t("passkeyAdd")}
			busy={add.isPending}
			fault={add.error}
			onConfirm={add.mutate}
			onClose={onClose}
		>
			<Field label={t("passkeyName")} hint={t("passkeyNameHint")} name="name" fault={add.error}>
				<Input required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
			</Field>
		</AskPassword>
	);
}

function Rename({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
	const t = useWords(accountWords);
	const s = useWords(settingsWords);
	const changed = useFactorsChanged();
	const [name, setName] = useState(passkey.name);
	const save = useMutation({
		mutationFn: () => ask(api.PATCH("/me/passkeys/{id}", { params: { path: { id: passkey.id } }, body: { name } })),
		onSuccess: () => {
			changed();
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
			title={t("rename")}
			actions={
				<Button kind="main" type="submit" form="rename-passkey" busy={save.isPending}>
					{s("save")}
				</Button>
			}
		>
			<form id="rename-passkey" className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("passkeyName")} name="name" fault={save.error}>
					<Input required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
				</Field>
				<FormFault fault={save.error} fields={["name"]} />
			</form>
		</Dialog>
	);
}

function Remove({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
	const t = useWords(accountWords);
	const changed = useFactorsChanged();
	const remove = useMutation({
		mutationFn: (password: string) =>
			ask(api.POST("/me/passkeys/{id}/remove", { params: { path: { id: passkey.id } }, body: { password } })),
		onSuccess: () => {
			changed();
			toast(t("passkeyRemoved"), { kind: "good" });
			onClose();
		},
	});
	return (
		<AskPassword
			title={t("passkeyRemove")}
			description={t("passkeyRemoveHint", { name: passkey.name })}
			confirm={t("passkeyRemove")}
			danger
			busy={remove.isPending}
			fault={remove.error}
			onConfirm={remove.mutate}
			onClose={onClose}
		/>
	);
}
