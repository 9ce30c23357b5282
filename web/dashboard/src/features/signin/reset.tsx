import { useMutation } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { useWords } from "@/lib/words";
import { Button } from "@/ui/button";
import { Field, FormFault } from "@/ui/field";
import { Door } from "./door";
import { moreWords } from "./more-words";
import { PasswordInput } from "./password-input";

/** Where the link of a forgotten password leads: setting another. */
export function Reset() {
	const t = useWords(moreWords);
	const { token = "" } = useParams({ strict: false }) as { token?: string };
	const [password, setPassword] = useState("");
	const save = useMutation({
		mutationFn: () => ask(api.POST("/password-resets/{id}", { params: { path: { id: token } }, body: { password } })),
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate();
	};
	if (save.isSuccess) {
		return (
			<Door title={t("saved")} hint={t("savedHint")}>
				<Button asChild kind="main" size="lg">
					<Link to="/login">{t("signIn")}</Link>
				</Button>
			</Door>
		);
	}
	const over = save.error instanceof Fault && !save.error.field && !save.error.passing;
	return (
		<Door title={t("reset")} hint={t("resetHint")}>
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("fresh")} name="password" hint={t("passwordHint")} fault={save.error}>
					<PasswordInput
						autoComplete="new-password"
						required
						value={password}
						onChange={(e) => setPassword(e.target.value)}
					/>
				</Field>
				<FormFault fault={save.error} fields={["password"]} />
				<Button type="submit" kind="main" size="lg" busy={save.isPending}>
					{t("save")}
				</Button>
			</form>
			{over && (
				<Button asChild>
					<Link to="/forgot">{t("forgot")}</Link>
				</Button>
			)}
		</Door>
	);
}
