import { type FormEvent, type ReactNode, useState } from "react";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, Input } from "@/ui";
import { settingsWords } from "./words";

interface Props {
	title: string;
	description?: string;
	/** The deed itself, as a verb. */
	confirm: string;
	danger?: boolean;
	busy: boolean;
	fault: unknown;
	/** Fields among the children that show their faults themselves. */
	fields?: string[];
	onConfirm: (password: string) => void;
	onClose: () => void;
	/** More to fill in, above the password. */
	children?: ReactNode;
}

/** Asks for one's own password once more, before what somebody at an unlocked screen must not do. */
export function AskPassword({
	title,
	description,
	confirm,
	danger,
	busy,
	fault,
	fields = [],
	onConfirm,
	onClose,
	children,
}: Props) {
	const s = useWords(settingsWords);
	const [password, setPassword] = useState("");
	const submit = (e: FormEvent) => {
		e.preventDefault();
		onConfirm(password);
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={title}
			description={description}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind={danger ? "danger" : "main"} type="submit" form="ask-password" busy={busy}>
						{confirm}
					</Button>
				</>
			}
		>
			<form id="ask-password" className="flex flex-col gap-4" onSubmit={submit}>
				{children}
				<Field label={s("yourPassword")} hint={s("yourPasswordHint")} name="password" fault={fault}>
					<Input
						type="password"
						autoComplete="current-password"
						required
						value={password}
						onChange={(e) => setPassword(e.target.value)}
					/>
				</Field>
				<FormFault fault={fault} fields={["password", ...fields]} />
			</form>
		</Dialog>
	);
}
