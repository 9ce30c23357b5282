import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Identity } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { askPasskey, passkeysHere } from "@/lib/passkey";
import { useWords } from "@/lib/words";
import { Button } from "@/ui/button";
import { Field, FormFault } from "@/ui/field";
import { Input } from "@/ui/input";
import { Door } from "./door";
import { identityOf } from "./identity";
import { moreWords } from "./more-words";

type Method = Schema["MemberSecondStep"]["methods"][number];

interface Props {
	methods: Method[];
	onDone: (identity: Identity) => Promise<void>;
	/** Back to the password. */
	onBack: () => void;
}

/** What is wanted besides the password: a code, a recovery code or a passkey. */
export function SecondStep({ methods, onDone, onBack }: Props) {
	const t = useWords(moreWords);
	const first = methods.includes("passkey") && passkeysHere() ? "passkey" : (methods[0] ?? "recovery");
	const [method, setMethod] = useState<Method>(first);
	const names = { totp: "useCode", recovery: "useRecovery", passkey: "usePasskey" } as const;
	return (
		<Door title={t("second")} hint={t("secondHint")}>
			{method === "passkey" ? <ByPasskey onDone={onDone} /> : <ByCode key={method} method={method} onDone={onDone} />}
			<div className="flex flex-col items-start gap-1">
				{methods
					.filter((one) => one !== method)
					.map((one) => (
						<Button key={one} kind="quiet" className="-ml-4 text-accent" onClick={() => setMethod(one)}>
							{t(names[one])}
						</Button>
					))}
				<Button kind="quiet" className="-ml-4 text-soft" onClick={onBack}>
					{t("toSignIn")}
				</Button>
			</div>
			<p className="text-pretty text-soft text-sm">{t("lost")}</p>
		</Door>
	);
}

function ByCode({ method, onDone }: { method: Exclude<Method, "passkey">; onDone: Props["onDone"] }) {
	const t = useWords(moreWords);
	const [code, setCode] = useState("");
	const recovery = method === "recovery";
	const finish = useMutation({
		mutationFn: async (sent: string) => {
			const identity = identityOf(await ask(api.POST("/login/second-factor", { body: { code: sent } })));
			if (identity) await onDone(identity);
		},
		onError: () => setCode(""),
	});
	const type = (text: string) => {
		setCode(text);
		// The sixth digit is the last: no need to press anything.
		if (!recovery && /^\d{6}$/.test(text.replace(/\s/g, ""))) finish.mutate(text);
	};
	const submit = (e: FormEvent) => {
		e.preventDefault();
		finish.mutate(code);
	};
	return (
		<form className="flex flex-col gap-4" onSubmit={submit}>
			<Field
				label={t(recovery ? "recovery" : "code")}
				hint={t(recovery ? "recoveryHint" : "codeHint")}
				name="code"
				fault={finish.error}
			>
				<Input
					autoComplete="one-time-code"
					inputMode={recovery ? "text" : "numeric"}
					autoCapitalize="off"
					spellCheck={false}
					maxLength={40}
					required
					autoFocus
					className="font-mono tracking-widest"
					value={code}
					onChange={(e) => type(e.target.value)}
				/>
			</Field>
			<FormFault fault={finish.error} fields={["code"]} />
			<Button type="submit" kind="main" size="lg" busy={finish.isPending}>
				{t("go")}
			</Button>
		</form>
	);
}

function ByPasskey({ onDone }: { onDone: Props["onDone"] }) {
	const t = useWords(moreWords);
	const finish = useMutation({
		mutationFn: async () => {
			if (!passkeysHere()) throw new Error(t("passkeyUnable"));
			const { options } = await ask(api.POST("/login/passkey/begin"));
			const credential = await askPasskey(options);
			if (!credential) throw new Error(t("passkeyOff"));
			const identity = identityOf(await ask(api.POST("/login/passkey", { body: { credential } })));
			if (identity) await onDone(identity);
		},
	});
	return (
		<div className="flex flex-col gap-4">
			<FormFault fault={finish.error} />
			<Button kind="main" size="lg" busy={finish.isPending} onClick={() => finish.mutate()}>
				<KeyRound aria-hidden />
				{t("usePasskey")}
			</Button>
		</div>
	);
}
