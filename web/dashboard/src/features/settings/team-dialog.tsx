import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Dialog, Field, FormFault, Input, SkeletonRows } from "@/ui";
import { memberKeys, teamKeys } from "./keys";
import type { Team } from "./teams";
import { teamsWords } from "./teams-words";
import { settingsWords } from "./words";

/** Makes a team, or changes its name and who is in it. */
export function TeamDialog({ team, onClose }: { team?: Team; onClose: () => void }) {
	const t = useWords(teamsWords);
	const s = useWords(settingsWords);
	const queries = useQueryClient();
	const members = useQuery({ queryKey: memberKeys.list, queryFn: () => ask(api.GET("/members")) });
	const [name, setName] = useState(team?.name ?? "");
	const [ids, setIds] = useState(team?.member_ids ?? []);
	const save = useMutation({
		mutationFn: () => {
			const body = { name, member_ids: ids };
			if (!team) return ask(api.POST("/teams", { body }));
			return ask(api.PATCH("/teams/{id}", { params: { path: { id: team.id } }, body }));
		},
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: teamKeys.all });
			onClose();
		},
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		save.mutate();
	};
	const put = (id: string, inside: boolean) => setIds(inside ? [...ids, id] : ids.filter((one) => one !== id));
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t(team ? "editTitle" : "add")}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind="main" type="submit" form="team" busy={save.isPending}>
						{s("save")}
					</Button>
				</>
			}
		>
			<form id="team" className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("name")} name="name" fault={save.error}>
					<Input required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
				</Field>
				<fieldset>
					<legend className="mb-1 font-medium text-sm">{t("who")}</legend>
					{members.isPending && <SkeletonRows rows={2} />}
					{members.data?.items.map((one) => (
						<Checkbox
							key={one.id}
							className="py-2"
							label={<span className="outside">{one.name}</span>}
							checked={ids.includes(one.id)}
							onChange={(inside) => put(one.id, inside)}
						/>
					))}
				</fieldset>
				<FormFault fault={save.error ?? members.error} fields={["name"]} />
			</form>
		</Dialog>
	);
}
