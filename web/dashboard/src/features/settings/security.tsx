import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Card, ErrorState, Field, FormFault, Input, SkeletonRows, toast } from "@/ui";
import { accountWords } from "./account-words";
import { secondFactorKeys } from "./keys";
import { Section } from "./parts";
import { Passkeys } from "./passkeys";
import { SecondFactor } from "./second-factor";
import { Sessions } from "./sessions";

/** What keeps a member's account theirs: password, second factors, sessions. */
export function Security() {
	const t = useWords(accountWords);
	const state = useQuery({ queryKey: secondFactorKeys.mine, queryFn: () => ask(api.GET("/me/second-factor")) });
	return (
		<>
			<Section title={t("second")} hint={t("secondHint")}>
				{state.isPending && <SkeletonRows rows={2} />}
				{state.error && <ErrorState error={state.error} onRetry={() => void state.refetch()} />}
				{state.data && <SecondFactor state={state.data} />}
			</Section>
			{state.data && <Passkeys state={state.data} />}
			<Sessions />
			<Section title={t("password")} hint={t("passwordHint")}>
				<PasswordForm />
			</Section>
		</>
	);
}

const empty = { old_password: "", password: "" };

function PasswordForm() {
	const t = useWords(accountWords);
	const [body, setBody] = useState(empty);
	const change = useMutation({
		mutationFn: () => ask(api.POST("/me/password", { body })),
		onSuccess: () => {
			setBody(empty);
			toast(t("changed"), { kind: "good" });
		},
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		change.mutate();
	};
	return (
		<Card>
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("old")} name="old_password" fault={change.error}>
					<Input
						type="password"
						autoComplete="current-password"
						required
						value={body.old_password}
						onChange={(e) => setBody({ ...body, old_password: e.target.value })}
					/>
				</Field>
				<Field label={t("fresh")} name="password" fault={change.error}>
					<Input
						type="password"
						autoComplete="new-password"
						required
						value={body.password}
						onChange={(e) => setBody({ ...body, password: e.target.value })}
					/>
				</Field>
				<FormFault fault={change.error} fields={["old_password", "password"]} />
				<div>
					<Button type="submit" kind="main" busy={change.isPending}>
						{t("change")}
					</Button>
				</div>
			</form>
		</Card>
	);
}
