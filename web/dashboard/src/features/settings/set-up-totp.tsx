import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, Input, toast } from "@/ui";
import { QRPicture } from "@/ui/qr-picture";
import { accountWords } from "./account-words";
import { AskPassword } from "./ask-password";
import { RecoveryCodes } from "./recovery-codes";
import { useFactorsChanged } from "./second-factor";
import { settingsWords } from "./words";

/** Turns the code app on: password, picture and code, recovery codes. */
export function SetUpTOTP({ onClose }: { onClose: () => void }) {
	const t = useWords(accountWords);
	const [codes, setCodes] = useState<string[]>();
	const begin = useMutation({
		mutationFn: (password: string) => ask(api.POST("/me/totp", { body: { password } })),
	});
	if (codes) return <RecoveryCodes codes={codes} onClose={onClose} />;
	if (begin.data) {
		const confirmed = (fresh: string[]) => (fresh.length > 0 ? setCodes(fresh) : onClose());
		return <Confirm setup={begin.data} onConfirmed={confirmed} onClose={onClose} />;
	}
	return (
		<AskPassword
			title={t("setUp")}
			confirm={t("go")}
			busy={begin.isPending}
			fault={begin.error}
			onConfirm={begin.mutate}
			onClose={onClose}
		/>
	);
}

interface ConfirmProps {
	setup: Schema["FactorSetup"];
	onConfirmed: (codes: string[]) => void;
	onClose: () => void;
}

function Confirm({ setup, onConfirmed, onClose }: ConfirmProps) {
	const t = useWords(accountWords);
	const s = useWords(settingsWords);
	const changed = useFactorsChanged();
	const [code, setCode] = useState("");
	const confirm = useMutation({
		mutationFn: () => ask(api.POST("/me/totp/confirm", { body: { code } })),
		onSuccess: ({ recovery_codes: codes }) => {
			changed();
			toast(t("turnedOn"), { kind: "good" });
			onConfirmed(codes);
		},
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		confirm.mutate();
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("setUp")}
			description={t("scan")}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind="main" type="submit" form="totp" busy={confirm.isPending}>
						{t("confirm")}
					</Button>
				</>
			}
		>
			<form id="totp" className="flex flex-col gap-4" onSubmit={submit}>
				<div className="mx-auto w-52">
					<QRPicture text={setup.uri} label={t("qr")} />
				</div>
				<div className="text-sm">
					<p className="text-soft">{t("byHand")}</p>
					<code className="select-all font-mono [overflow-wrap:anywhere]">
						{setup.secret.replace(/(.{4})/g, "$1 ").trim()}
					</code>
				</div>
				<Field label={t("code")} name="code" fault={confirm.error}>
					<Input
						inputMode="numeric"
						autoComplete="one-time-code"
						required
						maxLength={40}
						className="font-mono tracking-widest"
						value={code}
						onChange={(e) => setCode(e.target.value)}
					/>
				</Field>
				<FormFault fault={confirm.error} fields={["code"]} />
			</form>
		</Dialog>
	);
}
