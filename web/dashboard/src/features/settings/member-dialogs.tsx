import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { meKey, useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, Dialog, Field, FormFault, Input, Skeleton, toast } from "@/ui";
import { memberKeys } from "./keys";
import type { Member } from "./members";
import { membersWords } from "./members-words";
import { Once } from "./parts";
import { RoleField } from "./role-field";
import { settingsWords } from "./words";

export type MemberDeed = "edit" | "resetLink" | "resetSecond" | "signOut" | "remove";

interface Props {
	member: Member;
	deed: MemberDeed;
	onClose: () => void;
}

/** What a deed asks before it is done, or shows after. */
export function MemberDialogs({ member, deed, onClose }: Props) {
	if (deed === "edit") return <EditMember member={member} onClose={onClose} />;
	if (deed === "resetLink") return <ResetLink member={member} onClose={onClose} />;
	return <Confirmed member={member} deed={deed} onClose={onClose} />;
}

type Confirmable = "resetSecond" | "signOut" | "remove";

const calls = {
	resetSecond: (id: string) => ask(api.DELETE("/members/{id}/second-factor", { params: { path: { id } } })),
	signOut: (id: string) => ask(api.DELETE("/members/{id}/sessions", { params: { path: { id } } })),
	remove: (id: string) => ask(api.DELETE("/members/{id}", { params: { path: { id } } })),
};

function Confirmed({ member, deed, onClose }: Props & { deed: Confirmable }) {
	const t = useWords(membersWords);
	const queries = useQueryClient();
	const { name } = member;
	const texts = {
		resetSecond: [t("resetSecond"), t("resetSecondHint", { name }), t("resetSecondDone", { name })],
		signOut: [t("signOut"), member.email, t("signedOut", { name })],
		remove: [t("removeTitle", { name }), t("removeHint", { name }), t("removed", { name })],
	} as const;
	const [title, description, done] = texts[deed];
	const run = useMutation({
		mutationFn: () => calls[deed](member.id),
		onSuccess: () => {
			toast(done, { kind: "good" });
			void queries.invalidateQueries({ queryKey: memberKeys.all });
			onClose();
		},
	});
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={title}
			description={description}
			confirm={t(deed)}
			danger={deed !== "signOut"}
			busy={run.isPending}
			onConfirm={() => run.mutate()}
		>
			<FormFault fault={run.error} />
		</ConfirmDialog>
	);
}

function EditMember({ member, onClose }: { member: Member; onClose: () => void }) {
	const t = useWords(membersWords);
	const s = useWords(settingsWords);
	const me = useMe();
	const queries = useQueryClient();
	const [body, setBody] = useState({ name: member.name, email: member.email, role: member.role });
	const save = useMutation({
		mutationFn: () => {
			const change: Schema["MemberChange"] = {};
			if (body.name !== member.name) change.name = body.name;
			if (body.email !== member.email) change.email = body.email;
			if (body.role !== member.role) change.role = body.role;
			return ask(api.PATCH("/members/{id}", { params: { path: { id: member.id } }, body: change }));
		},
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: memberKeys.all });
			if (member.id === me.member?.id) void queries.invalidateQueries({ queryKey: meKey });
			onClose();
		},
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate();
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("editTitle", { name: member.name })}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind="main" type="submit" form="edit-member" busy={save.isPending}>
						{s("save")}
					</Button>
				</>
			}
		>
			<form id="edit-member" className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("name")} name="name" fault={save.error}>
					<Input required value={body.name} onChange={(e) => setBody({ ...body, name: e.target.value })} />
				</Field>
				<Field label={t("email")} name="email" fault={save.error}>
					<Input
						type="email"
						required
						value={body.email}
						onChange={(e) => setBody({ ...body, email: e.target.value })}
					/>
				</Field>
				<RoleField value={body.role} onChange={(role) => setBody({ ...body, role })} fault={save.error} />
				<FormFault fault={save.error} fields={["name", "email", "role"]} />
			</form>
		</Dialog>
	);
}

function ResetLink({ member, onClose }: { member: Member; onClose: () => void }) {
	const t = useWords(membersWords);
	const s = useWords(settingsWords);
	const format = useFormat();
	const { mutate, data, error } = useMutation({
		mutationFn: () => ask(api.POST("/members/{id}/password-reset", { params: { path: { id: member.id } } })),
	});
	useEffect(() => mutate(), [mutate]);
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("resetLink")}
			description={t("resetLinkHint", { name: member.name })}
			actions={<Button onClick={onClose}>{s("close")}</Button>}
		>
			<FormFault fault={error} />
			{!data && !error && <Skeleton className="h-24" />}
			{data && (
				<>
					<Once value={data.url ?? location.origin + data.path} label={t("resetLink")} link />
					<p className="mt-3 text-soft text-sm">{s("expires", { at: format.full(data.expires_at) })}</p>
				</>
			)}
		</Dialog>
	);
}
