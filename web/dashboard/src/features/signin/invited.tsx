import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { type Identity, meKey, useIdentity } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { forgetOwn } from "@/lib/own";
import { useWords } from "@/lib/words";
import { Button } from "@/ui/button";
import { Field, FormFault } from "@/ui/field";
import { Input } from "@/ui/input";
import { Skeleton } from "@/ui/states";
import { Door } from "./door";
import { moreWords } from "./more-words";
import { PasswordInput } from "./password-input";

type Offer = Schema["MemberOffer"];

/** Where an invitation's link leads: joining as a new person, or as the one who is signed in. */
export function Invited() {
	const t = useWords(moreWords);
	const { token = "" } = useParams({ strict: false }) as { token?: string };
	const me = useIdentity();
	const offer = useQuery({
		queryKey: ["invitations", "offer", token],
		queryFn: () => ask(api.GET("/invitations/{id}", { params: { path: { id: token } } })),
	});
	if (offer.error) {
		return (
			<Door title={t("invalid")} hint={offer.error.message}>
				<p className="text-soft">{t("askAgain")}</p>
				<Button asChild>
					<Link to="/login">{t("toSignIn")}</Link>
				</Button>
			</Door>
		);
	}
	if (!offer.data || me.isPending) {
		return (
			<Door title={t("loading")} hint="">
				<Skeleton className="h-12" />
				<Skeleton className="h-12" />
			</Door>
		);
	}
	const { workspace_name: workspace, inviter_name: name, role } = offer.data;
	const hint = name ? t("invitedHint", { name, role: t(role) }) : t("invitedHintAlone", { role: t(role) });
	return (
		<Door title={t("invited", { workspace })} hint={hint}>
			{me.data ? (
				<AsMyself token={token} email={me.data.person?.email ?? ""} />
			) : (
				<AsNewcomer token={token} offer={offer.data} />
			)}
		</Door>
	);
}

/** The session shows another workspace from then on: everything is read anew. */
function enter() {
	location.assign("/");
}

function AsMyself({ token, email }: { token: string; email: string }) {
	const t = useWords(moreWords);
	const queries = useQueryClient();
	const accept = useMutation({
		mutationFn: () => ask(api.POST("/invitations/{id}/accept", { params: { path: { id: token } }, body: {} })),
		onSuccess: enter,
	});
	const leave = useMutation({
		mutationFn: () => ask(api.POST("/logout")),
		onSuccess: () => {
			const me = queries.getQueryData<Identity | null>(meKey);
			if (me?.person) forgetOwn(me.person.id);
			queries.setQueryData(meKey, null);
		},
	});
	return (
		<div className="flex flex-col gap-4">
			<FormFault fault={accept.error ?? leave.error} />
			<Button
				kind="main"
				size="lg"
				className="outside h-auto min-h-12 whitespace-normal py-2"
				busy={accept.isPending || accept.isSuccess}
				onClick={() => accept.mutate()}
			>
				{t("acceptAs", { email })}
			</Button>
			<Button kind="quiet" busy={leave.isPending} onClick={() => leave.mutate()}>
				{t("other")}
			</Button>
		</div>
	);
}

function AsNewcomer({ token, offer }: { token: string; offer: Offer }) {
	const t = useWords(moreWords);
	const [body, setBody] = useState({ name: "", email: offer.email ?? "", password: "" });
	const accept = useMutation({
		mutationFn: () => ask(api.POST("/invitations/{id}/accept", { params: { path: { id: token } }, body })),
		onSuccess: enter,
	});
	const change = (field: keyof typeof body) => (e: { target: { value: string } }) =>
		setBody({ ...body, [field]: e.target.value });
	const submit = (e: FormEvent) => {
		e.preventDefault();
		accept.mutate();
	};
	const signIn = (
		<Button asChild kind={offer.known ? "main" : "quiet"} size={offer.known ? "lg" : "md"}>
			<Link to="/login" search={{ back: `/invitations/${token}` }}>
				{t("signIn")}
			</Link>
		</Button>
	);
	if (offer.known) {
		return (
			<div className="flex flex-col gap-4">
				<p className="outside text-pretty">{t("known", { email: offer.email ?? "" })}</p>
				{signIn}
			</div>
		);
	}
	return (
		<>
			<form className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("name")} name="name" fault={accept.error}>
					<Input autoComplete="name" required maxLength={100} value={body.name} onChange={change("name")} />
				</Field>
				<Field label={t("email")} name="email" fault={accept.error}>
					<Input
						type="email"
						autoComplete="username"
						required
						readOnly={Boolean(offer.email)}
						value={body.email}
						onChange={change("email")}
					/>
				</Field>
				<Field label={t("password")} name="password" hint={t("passwordHint")} fault={accept.error}>
					<PasswordInput autoComplete="new-password" required value={body.password} onChange={change("password")} />
				</Field>
				<FormFault fault={accept.error} fields={["name", "email", "password"]} />
				<Button type="submit" kind="main" size="lg" busy={accept.isPending || accept.isSuccess}>
					{t("accept")}
				</Button>
			</form>
			<p className="flex flex-wrap items-center text-soft text-sm">
				{t("haveAccount")}
				{signIn}
			</p>
		</>
	);
}
