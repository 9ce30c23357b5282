import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LifeBuoy, Smartphone } from "lucide-react";
import { useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, Button, toast } from "@/ui";
import { accountWords } from "./account-words";
import { AskPassword } from "./ask-password";
import { memberKeys, secondFactorKeys } from "./keys";
import { Row, Rows } from "./parts";
import { RecoveryCodes } from "./recovery-codes";
import { SetUpTOTP } from "./set-up-totp";

/** What a member's second factors are has changed. */
export function useFactorsChanged() {
	const queries = useQueryClient();
	return () => {
		void queries.invalidateQueries({ queryKey: secondFactorKeys.mine });
		void queries.invalidateQueries({ queryKey: memberKeys.all });
	};
}

const look = "size-5 shrink-0 text-soft max-md:hidden";

/** The code app and the recovery codes. */
export function SecondFactor({ state }: { state: Schema["FactorState"] }) {
	const t = useWords(accountWords);
	const format = useFormat();
	const [open, setOpen] = useState<"set-up" | "turn-off" | "codes">();
	const close = () => setOpen(undefined);
	const some = state.totp || state.passkeys.length > 0;
	return (
		<>
			<Rows label={t("second")}>
				<Row
					icon={<Smartphone className={look} aria-hidden />}
					title={
						<>
							{t("app")}
							{state.totp && <Badge kind="good">{t("on")}</Badge>}
						</>
					}
					actions={
						state.totp ? (
							<Button onClick={() => setOpen("turn-off")}>{t("turnOff")}</Button>
						) : (
							<Button kind="main" onClick={() => setOpen("set-up")}>
								{t("turnOn")}
							</Button>
						)
					}
				>
					{state.totp_since ? t("appSince", { at: format.full(state.totp_since) }) : t("appOff")}
				</Row>
				<Row
					icon={<LifeBuoy className={look} aria-hidden />}
					title={t("recovery")}
					actions={some && <Button onClick={() => setOpen("codes")}>{t("recoveryNew")}</Button>}
				>
					{some ? t("recoveryLeft", { n: state.recovery_codes }) : t("recoveryNone")}
				</Row>
			</Rows>
			{open === "set-up" && <SetUpTOTP onClose={close} />}
			{open === "turn-off" && <TurnOff onClose={close} />}
			{open === "codes" && <NewCodes onClose={close} />}
		</>
	);
}

function TurnOff({ onClose }: { onClose: () => void }) {
	const t = useWords(accountWords);
	const changed = useFactorsChanged();
	const remove = useMutation({
		mutationFn: (password: string) => ask(api.POST("/me/totp/remove", { body: { password } })),
		onSuccess: () => {
			changed();
			toast(t("turnedOff"), { kind: "good" });
			onClose();
		},
	});
	return (
		<AskPassword
			title={t("app")}
			description={t("turnOffHint")}
			confirm={t("turnOff")}
			danger
			busy={remove.isPending}
			fault={remove.error}
			onConfirm={remove.mutate}
			onClose={onClose}
		/>
	);
}

function NewCodes({ onClose }: { onClose: () => void }) {
	const t = useWords(accountWords);
	const changed = useFactorsChanged();
	const make = useMutation({
		mutationFn: (password: string) => ask(api.POST("/me/recovery-codes", { body: { password } })),
		onSuccess: changed,
	});
	if (make.data) return <RecoveryCodes codes={make.data.recovery_codes} onClose={onClose} />;
	return (
		<AskPassword
			title={t("recoveryNew")}
			description={t("recoveryNewHint")}
			confirm={t("recoveryNew")}
			busy={make.isPending}
			fault={make.error}
			onConfirm={make.mutate}
			onClose={onClose}
		/>
	);
}
