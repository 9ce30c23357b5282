import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut, MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, Button, ConfirmDialog, ErrorState, FormFault, IconButton, SkeletonRows, toast, toastFault } from "@/ui";
import { accountWords } from "./account-words";
import { sessionKeys } from "./keys";
import { Row, Rows, Section } from "./parts";

type Session = Schema["MemberSession"];

/** Where a member is signed in. */
export function Sessions() {
	const t = useWords(accountWords);
	const [asking, setAsking] = useState(false);
	const list = useQuery({ queryKey: sessionKeys.list, queryFn: () => ask(api.GET("/me/sessions")) });
	const others = list.data?.items.some((one) => !one.current);
	return (
		<Section
			title={t("sessions")}
			hint={t("sessionsHint")}
			actions={others && <Button onClick={() => setAsking(true)}>{t("endOthers")}</Button>}
		>
			{list.isPending && <SkeletonRows rows={2} />}
			{list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
			{list.data && (
				<Rows label={t("sessions")}>
					{list.data.items.map((session) => (
						<SessionRow key={session.id} session={session} />
					))}
				</Rows>
			)}
			{asking && <EndOthers onClose={() => setAsking(false)} />}
		</Section>
	);
}

function SessionRow({ session }: { session: Session }) {
	const t = useWords(accountWords);
	const format = useFormat();
	const queries = useQueryClient();
	const end = useMutation({
		mutationFn: () => ask(api.DELETE("/me/sessions/{id}", { params: { path: { id: session.id } } })),
		onSuccess: () => {
			toast(t("ended"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: sessionKeys.list });
		},
		onError: toastFault,
	});
	const name = [session.browser, session.system].filter(Boolean).join(" · ") || t("unknown");
	return (
		<Row
			icon={<MonitorSmartphone className="size-5 shrink-0 text-soft" aria-hidden />}
			title={
				<>
					{name}
					{session.current && <Badge kind="good">{t("here")}</Badge>}
				</>
			}
			actions={
				!session.current && (
					<IconButton label={t("end", { name })} busy={end.isPending} onClick={() => end.mutate()}>
						<LogOut />
					</IconButton>
				)
			}
		>
			{t("used", { at: format.relative(session.seen_at) })}
			{session.address && ` · ${session.address}`}
		</Row>
	);
}

function EndOthers({ onClose }: { onClose: () => void }) {
	const t = useWords(accountWords);
	const queries = useQueryClient();
	const end = useMutation({
		mutationFn: () => ask(api.DELETE("/me/sessions")),
		onSuccess: () => {
			toast(t("ended"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: sessionKeys.list });
			onClose();
		},
	});
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={t("endOthers")}
			description={t("endOthersHint")}
			confirm={t("endOthers")}
			busy={end.isPending}
			onConfirm={() => end.mutate()}
		>
			<FormFault fault={end.error} />
		</ConfirmDialog>
	);
}
