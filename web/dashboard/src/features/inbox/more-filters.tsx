import { useState } from "react";
import { useCan } from "@/app/me";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button, Field, Select } from "@/ui";
import type { ChatFilter } from "./chats";
import { moreWords } from "./more-words";
import { useDevices, useLabels, useMembers, useTeams } from "./queries";
import { SaveView } from "./save-view";
import { savedAs, useSavedViews } from "./saved-views";
import { clean, filterStore, viewOf, views } from "./view";
import { ViewsDialog } from "./views-dialog";
import { inboxWords } from "./words";

/** What narrows the list beside the views, and what keeps it under a name. */
export default function MoreFilters({ onClose }: { onClose: () => void }) {
	const t = useWords(inboxWords);
	const more = useWords(moreWords);
	const can = useCan()("chats.write");
	const filter = useStore(filterStore);
	const saved = useSavedViews();
	const [arranging, setArranging] = useState(false);
	return (
		<>
			<Who filter={filter} />
			<What filter={filter} />
			<Button onClick={() => filterStore.set(views.open)}>{t("resetFilter")}</Button>
			{can && !viewOf(filter) && !savedAs(saved, filter) && <SaveView filter={filter} onSaved={onClose} />}
			{can && saved.length > 0 && (
				<Button kind="quiet" onClick={() => setArranging(true)}>
					{more("manageViews")}
				</Button>
			)}
			{arranging && <ViewsDialog onClose={() => setArranging(false)} />}
		</>
	);
}

const set = (filter: ChatFilter, change: ChatFilter) => filterStore.set(clean({ ...filter, ...change }));

const optionsOf = (list: { id: string; name: string }[] | undefined) =>
	list?.map((one) => (
		<option key={one.id} value={one.id}>
			{one.name}
		</option>
	));

/** Who works on a chat, and whose turn it is. */
function Who({ filter }: { filter: ChatFilter }) {
	const t = useWords(inboxWords);
	const more = useWords(moreWords);
	const { data: teams } = useTeams();
	const { data: members } = useMembers();
	return (
		<>
			<Field label={t("status")}>
				<Select
					value={filter.status ?? ""}
					onChange={(e) =>
						set(filter, {
							status: (e.target.value || undefined) as ChatFilter["status"],
							waiting: undefined,
							sort: undefined,
						})
					}
				>
					<option value="">{t("any")}</option>
					<option value="open">{t("status_open")}</option>
					<option value="snoozed">{t("status_snoozed")}</option>
					<option value="resolved">{t("status_resolved")}</option>
				</Select>
			</Field>
			<Field label={more("assignee")}>
				<Select value={filter.assignee ?? ""} onChange={(e) => set(filter, { assignee: e.target.value })}>
					<option value="">{t("any")}</option>
					<option value="me">{more("me")}</option>
					<option value="none">{more("nobody")}</option>
					{optionsOf(members?.items)}
				</Select>
			</Field>
			<Field label={more("turn")}>
				<Select
					value={filter.turn ?? ""}
					onChange={(e) => set(filter, { turn: (e.target.value || undefined) as ChatFilter["turn"] })}
				>
					<option value="">{t("any")}</option>
					<option value="human">{more("human")}</option>
					<option value="bot">{more("bot")}</option>
				</Select>
			</Field>
			{teams && teams.items.length > 0 && (
				<Field label={t("team")}>
					<Select value={filter.team_id ?? ""} onChange={(e) => set(filter, { team_id: e.target.value })}>
						<option value="">{t("any")}</option>
						<option value="none">{more("noTeam")}</option>
						{optionsOf(teams.items)}
					</Select>
				</Field>
			)}
		</>
	);
}

/** What a chat is. */
function What({ filter }: { filter: ChatFilter }) {
	const t = useWords(inboxWords);
	const { data: devices } = useDevices();
	const device = filter.device_id ?? (devices?.items.length === 1 ? devices.items[0]?.id : undefined);
	const { data: labels } = useLabels(device);
	return (
		<>
			<Field label={t("device")}>
				<Select
					value={filter.device_id ?? ""}
					onChange={(e) => set(filter, { device_id: e.target.value, label_id: undefined })}
				>
					<option value="">{t("any")}</option>
					{optionsOf(devices?.items)}
				</Select>
			</Field>
			<Field label={t("label")}>
				<Select
					value={filter.label_id ?? ""}
					disabled={!labels?.items.length}
					onChange={(e) => set(filter, { label_id: e.target.value })}
				>
					<option value="">{t("any")}</option>
					{optionsOf(labels?.items)}
				</Select>
			</Field>
			<Field label={t("who")}>
				<Select
					value={filter.kind ?? ""}
					onChange={(e) => set(filter, { kind: (e.target.value || undefined) as ChatFilter["kind"] })}
				>
					<option value="">{t("any")}</option>
					<option value="people">{t("people")}</option>
					<option value="groups">{t("groups")}</option>
				</Select>
			</Field>
			<Field label={t("archived")}>
				<Select
					value={filter.archived ?? ""}
					onChange={(e) => set(filter, { archived: (e.target.value || undefined) as ChatFilter["archived"] })}
				>
					<option value="">{t("any")}</option>
					<option value="none">{t("without")}</option>
					<option value="only">{t("only")}</option>
				</Select>
			</Field>
		</>
	);
}
