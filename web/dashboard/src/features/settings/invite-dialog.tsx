import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, Input } from "@/ui";
import { invitationKeys } from "./keys";
import { membersWords } from "./members-words";
import { Once } from "./parts";
import { RoleField } from "./role-field";
import { settingsWords } from "./words";

/** Makes a link by which somebody joins, and shows it once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(membersWords);
	const s = useWords(settingsWords);
	const format = useFormat();
	const queries = useQueryClient();
	const [body, setBody] = useState<Schema["MemberInvitationFields"]>({ role: "agent", email: "" });
	const make = useMutation({
		mutationFn: () => ask(api.POST("/invitations", { body })),
		onSuccess: () => queries.invalidateQueries({ queryKey: invitationKeys.list }),
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		make.mutate();
	};
	if (make.data) {
		const made = make.data;
		return (
			<Dialog open onOpenChange={onClose} title={t("link")} actions={<Button onClick={onClose}>{s("close")}</Button>}>
				<Once value={made.url ?? location.origin + made.path} label={t("link")} link />
				<p className="mt-3 text-soft text-sm">
					{t("asRole", { role: s(made.role) })} · {s("expires", { at: format.full(made.expires_at) })}
				</p>
			</Dialog>
		);
	}
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("inviteTitle")}
			description={t("inviteHint")}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind="main" type="submit" form="invite" busy={make.isPending}>
						{t("make")}
					</Button>
				</>
			}
		>
			<form id="invite" className="flex flex-col gap-4" onSubmit={submit}>
				<RoleField value={body.role} onChange={(role) => setBody({ ...body, role })} fault={make.error} />
				<Field label={t("inviteEmail")} hint={t("inviteEmailHint")} name="email" fault={make.error}>
					<Input
						type="email"
						autoComplete="off"
						value={body.email}
						onChange={(e) => setBody({ ...body, email: e.target.value })}
					/>
				</Field>
				<FormFault fault={make.error} fields={["role", "email"]} />
			</form>
		</Dialog>
	);
}
