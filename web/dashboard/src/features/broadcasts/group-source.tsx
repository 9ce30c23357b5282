import { Link } from "@tanstack/react-router";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Combobox, ErrorState, Field, Select, Skeleton } from "@/ui";
import type { Draft } from "./draft";
import { editorWords } from "./editor-words";
import { useDevices, useGroups } from "./queries";
import { onlineOf } from "./step-when";
import { whoWords } from "./who-words";

interface GroupProps {
	group: Draft["group"];
	onChange: (group: Draft["group"]) => void;
}

/** The members of a group that one of the numbers is in. */
export function GroupSource({ group, onChange }: GroupProps) {
	const t = useWords(whoWords);
	const e = useWords(editorWords);
	const { data } = useDevices();
	if (!data) return <Skeleton className="h-10" />;
	const online = onlineOf(data.items);
	const devices = data.items.filter((one) => online.includes(one.id));
	const device = devices.find((one) => one.id === group?.device) ?? devices[0];
	if (!device)
		return (
			<p className="text-pretty text-soft text-sm">
				{t("groupOffline")}{" "}
				<Link to="/devices" className="text-accent-ink underline underline-offset-4">
					{e("toDevices")}
				</Link>
			</p>
		);
	return (
		<div className="flex flex-col gap-3">
			{devices.length > 1 && (
				<Field label={t("groupDevice")}>
					<Select value={device.id} onChange={(e) => onChange({ device: e.target.value, id: "", name: "" })}>
						{devices.map((one) => (
							<option key={one.id} value={one.id}>
								{one.name}
							</option>
						))}
					</Select>
				</Field>
			)}
			<Groups device={device.id} group={group} onChange={onChange} />
		</div>
	);
}

function Groups({ device, group, onChange }: GroupProps & { device: string }) {
	const t = useWords(whoWords);
	const format = useFormat();
	const { data, error, refetch } = useGroups(device);
	if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
	if (!data) return <Skeleton className="h-10" />;
	if (data.length === 0) return <p className="text-pretty text-soft text-sm">{t("noGroups")}</p>;
	const choose = (id: string) => onChange({ device, id, name: data.find((one) => one.id === id)?.name ?? "" });
	return (
		<Field label={t("group")} hint={t("groupHint")}>
			<Combobox
				placeholder={t("pickGroup")}
				value={group?.id}
				onChange={choose}
				options={data.map((one) => ({
					value: one.id,
					label: `${one.name} · ${t("members", { count: one.size, n: format.number(one.size) })}`,
				}))}
			/>
		</Field>
	);
}
