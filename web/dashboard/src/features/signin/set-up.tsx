import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Navigate, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { installationKey, useInstallation } from "@/app/installation";
import { meKey } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button } from "@/ui/button";
import { Field, FormFault } from "@/ui/field";
import { Input } from "@/ui/input";
import { Door } from "./door";
import { PasswordInput } from "./password-input";
import { signInWords } from "./words";

const empty: Schema["MemberFirstRun"] = { workspace_name: "", name: "", email: "", password: "" };

/** The first run: the first member makes the workspace and owns it. */
export function SetUp() {
	const t = useWords(signInWords);
	const queries = useQueryClient();
	const navigate = useNavigate();
	const installation = useInstallation();
	const [body, setBody] = useState(empty);
	const create = useMutation({
		mutationFn: () => ask(api.POST("/setup", { body })),
		onSuccess: async (identity) => {
			queries.setQueryData(meKey, identity);
			await navigate({ to: "/", replace: true });
			await queries.invalidateQueries({ queryKey: installationKey });
		},
	});
	if (installation.data && !installation.data.needed && !create.isSuccess) return <Navigate to="/login" replace />;
	const change = (field: keyof typeof empty) => (e: { target: { value: string } }) =>
		setBody({ ...body, [field]: e.target.value });
	const submit = (e: FormEvent) => {
		e.preventDefault();
		create.mutate();
	};
	return (
		<Door title={t("setUp")} hint={t("setUpHint")}>
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("workspaceName")} name="workspace_name" hint={t("workspaceHint")} fault={create.error}>
					<Input autoComplete="organization" required value={body.workspace_name} onChange={change("workspace_name")} />
				</Field>
				<Field label={t("name")} name="name" fault={create.error}>
					<Input autoComplete="name" required value={body.name} onChange={change("name")} />
				</Field>
				<Field label={t("email")} name="email" fault={create.error}>
					<Input type="email" autoComplete="username" required value={body.email} onChange={change("email")} />
				</Field>
				<Field label={t("password")} name="password" hint={t("passwordHint")} fault={create.error}>
					<PasswordInput autoComplete="new-password" required value={body.password} onChange={change("password")} />
				</Field>
				<FormFault fault={create.error} fields={Object.keys(empty)} />
				<Button type="submit" kind="main" size="lg" busy={create.isPending}>
					{t("create")}
				</Button>
			</form>
		</Door>
	);
}
