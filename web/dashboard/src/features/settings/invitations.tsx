import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Mail, X } from "lucide-react";
import { useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, ErrorState, IconButton, toast, toastFault } from "@/ui";
import { invitationKeys } from "./keys";
import { membersWords } from "./members-words";
import { Row, Rows } from "./parts";
import { settingsWords } from "./words";

type Invitation = Schema["MemberInvitation"];

/** Invitations that nobody has accepted yet. */
export function Invitations() {
	const t = useWords(membersWords);
	const list = useQuery({ queryKey: invitationKeys.list, queryFn: () => ask(api.GET("/invitations")) });
	const waiting = list.data?.items.filter((one) => !one.accepted_at && !one.revoked_at) ?? [];
	if (list.error) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
	if (waiting.length === 0) return null;
	return (
		<section className="flex flex-col gap-3">
			<h3 className="font-medium">{t("invitations")}</h3>
			<Rows label={t("invitations")}>
				{waiting.map((one) => (
					<InvitationRow key={one.id} invitation={one} />
				))}
			</Rows>
		</section>
	);
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
	const t = useWords(membersWords);
	const s = useWords(settingsWords);
	const format = useFormat();
	const me = useMe();
	const queries = useQueryClient();
	const revoke = useMutation({
		mutationFn: () => ask(api.DELETE("/invitations/{id}", { params: { path: { id: invitation.id } } })),
		onSuccess: () => {
			toast(t("revoked"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: invitationKeys.list });
		},
		onError: toastFault,
	});
	const over = invitation.expires_at < Date.now();
	const mayRevoke = invitation.role !== "owner" || me.role === "owner";
	return (
		<Row
			icon={
				<span className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-sunken text-soft">
					<Mail className="size-5" aria-hidden />
				</span>
			}
			title={
				<>
					{invitation.email || t("byAnyone")}
					{over && <Badge kind="warn">{t("over")}</Badge>}
				</>
			}
			actions={
				mayRevoke && (
					<IconButton label={t("revoke")} busy={revoke.isPending} onClick={() => revoke.mutate()}>
						<X />
					</IconButton>
				)
			}
		>
			{t("asRole", { role: s(invitation.role) })} · {s("expires", { at: format.full(invitation.expires_at) })}
		</Row>
	);
}
