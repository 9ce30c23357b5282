import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button } from "@/ui/button";
import { Field, FormFault } from "@/ui/field";
import { Input } from "@/ui/input";
import { Door } from "./door";
import { moreWords } from "./more-words";

/** Asks for a link by which to set another password. */
export function Forgot() {
	const t = useWords(moreWords);
	const [email, setEmail] = useState("");
	const send = useMutation({ mutationFn: () => ask(api.POST("/password-resets", { body: { email } })) });
	const submit = (e: FormEvent) => {
		e.preventDefault();
		send.mutate();
	};
	const back = (
		<Button asChild kind="quiet" className="-ml-4 self-start text-accent">
			<Link to="/login">{t("toSignIn")}</Link>
		</Button>
	);
	if (send.data) {
		return (
			<Door
				title={t(send.data.mail ? "sent" : "noMail")}
				hint={send.data.mail ? t("sentHint", { email }) : t("noMailHint")}
			>
				{back}
			</Door>
		);
	}
	return (
		<Door title={t("forgot")} hint={t("forgotHint")}>
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("email")} name="email" fault={send.error}>
					<Input
						type="email"
						autoComplete="username"
						required
						value={email}
						onChange={(e) => setEmail(e.target.value)}
					/>
				</Field>
				<FormFault fault={send.error} fields={["email"]} />
				<Button type="submit" kind="main" size="lg" busy={send.isPending}>
					{t("send")}
				</Button>
			</form>
			{back}
		</Door>
	);
}
