import { type FormEvent, useState } from "react";
import type { Schema } from "@/lib/api/client";
import { useLanguage, useWords } from "@/lib/words";
import { Button, Field, FormFault, Input, Textarea } from "@/ui";
import { CopyButton } from "./copy";
import { linkWords } from "./link-words";
import { type Step, useAnswerLink, useStartLink } from "./queries";
import type { Device } from "./state";

interface AskProps {
	device: Device;
	step: Step;
	ask: Schema["DeviceQuestion"];
}

/** Something that WhatsApp wants done first. */
export function LinkAsk({ device, step, ask }: AskProps) {
	const t = useWords(linkWords);
	const language = useLanguage();
	const restart = useStartLink(device.id);
	return (
		<div className="flex max-w-prose flex-col gap-4">
			<div role="status" className="rounded-md bg-accent-soft px-3.5 py-3 text-accent-ink">
				<h3>{t("askTitle")}</h3>
				<p className="text-pretty">{ask[language]}</p>
			</div>
			{ask.kind === "passkey" && <Passkey device={device} options={ask.options} />}
			{ask.kind === "confirm" && <Confirm device={device} code={step.code ?? ""} />}
			<FormFault fault={restart.error} />
			<div>
				<Button busy={restart.isPending} onClick={() => restart.mutate({ method: "qr" })}>
					{t("freshCode")}
				</Button>
			</div>
		</div>
	);
}

/** What to run on WhatsApp's own page, the only one where the passkey works; it leaves its answer on the clipboard. */
function command(options: unknown): string {
	return [
		`const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)});`,
		"const answer = await navigator.credentials.get({ publicKey });",
		"copy(JSON.stringify(answer.toJSON()));",
	].join("\n");
}

function Passkey({ device, options }: { device: Device; options: unknown }) {
	const t = useWords(linkWords);
	const answer = useAnswerLink(device.id);
	const [text, setText] = useState("");
	const [wrong, setWrong] = useState(false);
	const submit = (e: FormEvent) => {
		e.preventDefault();
		try {
			answer.mutate({ passkey: JSON.parse(text) as unknown });
		} catch {
			setWrong(true);
		}
	};
	const shown = command(options);
	return (
		<form className="flex flex-col gap-3" onSubmit={submit}>
			<pre className="whitespace-pre-wrap break-all rounded-md bg-sunken p-3 font-mono text-sm">{shown}</pre>
			<div>
				<CopyButton text={shown} label={t("passkeyCopy")} />
			</div>
			<Field
				label={t("passkeyAnswer")}
				name="passkey"
				hint={t("passkeyHint")}
				fault={answer.error}
				error={wrong ? t("passkeyWrong") : undefined}
			>
				<Textarea
					required
					spellCheck={false}
					className="font-mono"
					value={text}
					onChange={(e) => {
						setText(e.target.value);
						setWrong(false);
					}}
				/>
			</Field>
			<FormFault fault={answer.error} fields={["passkey"]} />
			<div>
				<Button type="submit" kind="main" busy={answer.isPending}>
					{t("send")}
				</Button>
			</div>
		</form>
	);
}

function Confirm({ device, code }: { device: Device; code: string }) {
	const t = useWords(linkWords);
	const answer = useAnswerLink(device.id);
	const [typed, setTyped] = useState("");
	const submit = (e: FormEvent) => {
		e.preventDefault();
		answer.mutate({ code: typed.trim() });
	};
	return (
		<form className="flex flex-col gap-3" onSubmit={submit}>
			<p className="rounded-lg bg-sunken px-4 py-3.5 text-center font-mono font-semibold text-3xl tracking-widest">
				{code}
			</p>
			<Field label={t("confirmCode")} name="code" fault={answer.error}>
				<Input
					required
					autoComplete="off"
					maxLength={32}
					className="font-mono uppercase"
					value={typed}
					onChange={(e) => setTyped(e.target.value)}
				/>
			</Field>
			<FormFault fault={answer.error} fields={["code"]} />
			<div>
				<Button type="submit" kind="main" busy={answer.isPending}>
					{t("same")}
				</Button>
			</div>
		</form>
	);
}
