import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { Sparkles } from "lucide-react";
import { type FormEvent, Suspense, useState } from "react";
import { useInstallation } from "@/app/installation";
import { type Identity, meKey, sessionEnded, useIdentity } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { lazily } from "@/lib/lazily";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button } from "@/ui/button";
import { Field, FormFault } from "@/ui/field";
import { Input } from "@/ui/input";
import { Door } from "./door";
import { identityOf, safeBack } from "./identity";
import { PasswordInput } from "./password-input";
import { signInWords } from "./words";

// Few need it: it comes when it is wanted.
const SecondStep = lazily(() => import("./second-step").then((m) => ({ default: m.SecondStep })));

export function SignIn() {
	const t = useWords(signInWords);
	const queries = useQueryClient();
	const navigate = useNavigate();
	const search = useSearch({ strict: false }) as { back?: unknown };
	const me = useIdentity();
	const ended = useStore(sessionEnded);
	const installation = useInstallation();
	const [email, setEmail] = useState("");
	const [password, setPassword] = useState("");
	const back = safeBack(search.back);
	const enter = async (identity: Identity) => {
		sessionEnded.set(false);
		queries.setQueryData(meKey, identity);
		await navigate({ href: back, replace: true });
	};
	const signIn = useMutation({
		mutationFn: (body: Schema["MemberCredentials"]) => ask(api.POST("/login", { body })),
		onSuccess: async (answer) => {
			const identity = identityOf(answer);
			if (identity) await enter(identity);
		},
	});
	if (installation.data?.needed) return <Navigate to="/setup" replace />;
	if (me.data && !signIn.isSuccess) return <Navigate href={back} to={back} replace />;
	const methods = signIn.data?.second_factor?.methods;
	if (methods) {
		return (
			<Suspense fallback={<Door title={t("welcome")} hint="" />}>
				<SecondStep methods={methods} onDone={enter} onBack={signIn.reset} />
			</Suspense>
		);
	}
	const submit = (e: FormEvent) => {
		e.preventDefault();
		signIn.mutate({ email, password });
	};
	const demo = installation.data?.demo;
	return (
		<Door title={t("welcome")} hint={ended ? t("ended") : t("welcomeHint")}>
			{demo && (
				<div className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
					<p className="text-pretty text-soft text-sm">{t("demoHint")}</p>
					<Button kind="main" size="lg" busy={signIn.isPending} onClick={() => signIn.mutate(demo)}>
						<Sparkles aria-hidden />
						{t("demo")}
					</Button>
				</div>
			)}
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("email")} name="email" fault={signIn.error}>
					<Input
						type="email"
						autoComplete="username"
						required
						value={email}
						onChange={(e) => setEmail(e.target.value)}
					/>
				</Field>
				<Field label={t("password")} name="password" fault={signIn.error}>
					<PasswordInput
						autoComplete="current-password"
						required
						value={password}
						onChange={(e) => setPassword(e.target.value)}
					/>
				</Field>
				<FormFault fault={signIn.error} fields={["email", "password"]} />
				<Button type="submit" kind={demo ? "plain" : "main"} size="lg" busy={signIn.isPending}>
					{t("signIn")}
				</Button>
				<Link to="/forgot" className="self-start py-2.5 text-accent text-sm underline-offset-4 hover:underline">
					{t("forgot")}
				</Link>
			</form>
		</Door>
	);
}
