import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2, UsersRound } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, EmptyState, ErrorState, FormFault, IconButton, SkeletonRows, toast } from "@/ui";
import { memberKeys, teamKeys } from "./keys";
import { Row, Rows, Section } from "./parts";
import { TeamDialog } from "./team-dialog";
import { teamsWords } from "./teams-words";
import { settingsWords } from "./words";

export type Team = Schema["Team"];

/** Groups of members. */
export function Teams() {
	const t = useWords(teamsWords);
	const can = useCan()("members.write");
	const [editing, setEditing] = useState<Team | "new">();
	const [removing, setRemoving] = useState<Team>();
	const teams = useQuery({ queryKey: teamKeys.list, queryFn: () => ask(api.GET("/teams")) });
	const add = can && (
		<Button kind="main" onClick={() => setEditing("new")}>
			<Plus aria-hidden />
			{t("add")}
		</Button>
	);
	const none = teams.data?.items.length === 0;
	return (
		<Section title={t("title")} hint={t("hint")} actions={!none && add}>
			{teams.isPending && <SkeletonRows rows={3} />}
			{teams.error && <ErrorState error={teams.error} onRetry={() => void teams.refetch()} />}
			{none && (
				<EmptyState icon={UsersRound} title={t("empty")} action={add}>
					{t(can ? "emptyHint" : "emptyHintAgent")}
				</EmptyState>
			)}
			{teams.data && !none && (
				<Rows label={t("title")}>
					{teams.data.items.map((team) => (
						<TeamRow
							key={team.id}
							team={team}
							onEdit={can ? () => setEditing(team) : undefined}
							onRemove={can ? () => setRemoving(team) : undefined}
						/>
					))}
				</Rows>
			)}
			{editing && <TeamDialog team={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
			{removing && <RemoveTeam team={removing} onClose={() => setRemoving(undefined)} />}
		</Section>
	);
}

function TeamRow({ team, onEdit, onRemove }: { team: Team; onEdit?: () => void; onRemove?: () => void }) {
	const t = useWords(teamsWords);
	const s = useWords(settingsWords);
	const members = useQuery({ queryKey: memberKeys.list, queryFn: () => ask(api.GET("/members")) });
	const names = members.data?.items.filter((one) => team.member_ids.includes(one.id)).map((one) => one.name) ?? [];
	const count = team.member_ids.length;
	return (
		<Row
			title={team.name}
			actions={
				<>
					{onEdit && (
						<IconButton label={`${s("edit")}: ${team.name}`} onClick={onEdit}>
							<Pencil />
						</IconButton>
					)}
					{onRemove && (
						<IconButton label={`${t("remove")}: ${team.name}`} onClick={onRemove}>
							<Trash2 />
						</IconButton>
					)}
				</>
			}
		>
			<span className="outside line-clamp-2">
				{count === 0 ? t("nobody") : [t("size", { count }), names.join(", ")].filter(Boolean).join(": ")}
			</span>
		</Row>
	);
}

function RemoveTeam({ team, onClose }: { team: Team; onClose: () => void }) {
	const t = useWords(teamsWords);
	const queries = useQueryClient();
	const remove = useMutation({
		mutationFn: () => ask(api.DELETE("/teams/{id}", { params: { path: { id: team.id } } })),
		onSuccess: () => {
			toast(t("removed"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: teamKeys.all });
			onClose();
		},
	});
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={t("removeTitle", { name: team.name })}
			description={t("removeHint")}
			confirm={t("remove")}
			danger
			busy={remove.isPending}
			onConfirm={() => remove.mutate()}
		>
			<FormFault fault={remove.error} />
		</ConfirmDialog>
	);
}
