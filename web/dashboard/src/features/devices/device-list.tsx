import { Link } from "@tanstack/react-router";
import { ChevronRight, Plus, Smartphone } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { phoneNumber, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Card, EmptyState, ErrorState, PageBody, PageHead, SkeletonRows } from "@/ui";
import { AddDialog } from "./add-dialog";
import { useDevices } from "./queries";
import { type Device, told } from "./state";
import { StateBadge } from "./state-badge";
import { devicesWords } from "./words";

/** The numbers of the workspace, and how they are. */
export function DeviceList() {
	const t = useWords(devicesWords);
	const can = useCan();
	const [adding, setAdding] = useState(false);
	const list = useDevices();
	const add = can("devices.write") && (
		<Button kind="main" onClick={() => setAdding(true)}>
			<Plus aria-hidden />
			{t("add")}
		</Button>
	);
	const none = list.data?.items.length === 0;
	return (
		<PageBody>
			<PageHead title={t("title")} description={t("hint")} actions={!none && list.data && add} />
			{list.isPending && (
				<Card>
					<SkeletonRows rows={3} />
				</Card>
			)}
			{list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
			{none && (
				<Card>
					<EmptyState icon={Smartphone} title={t("empty")} action={add}>
						{t(add ? "emptyHint" : "emptyAsk")}
					</EmptyState>
				</Card>
			)}
			{list.data && !none && (
				<ul className="flex flex-col gap-3">
					{list.data.items.map((device) => (
						<Row key={device.id} device={device} />
					))}
				</ul>
			)}
			{adding && <AddDialog onClose={() => setAdding(false)} />}
		</PageBody>
	);
}

function Row({ device }: { device: Device }) {
	const t = useWords(devicesWords);
	const format = useFormat();
	const { kind, why, todo } = told(device);
	return (
		<li>
			<Link
				to={`/devices/${device.id}`}
				className="flex items-center gap-3.5 rounded-lg border border-line bg-surface p-4 hover:bg-sunken md:p-5"
			>
				<span className="inline-flex size-11 shrink-0 items-center justify-center rounded-full bg-accent-soft text-accent-ink">
					<Smartphone className="size-5.5" aria-hidden />
				</span>
				<span className="flex min-w-0 flex-1 flex-col gap-0.5">
					<span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
						<span className="outside font-semibold">{device.name}</span>
						<StateBadge device={device} />
					</span>
					<span className="outside text-soft tabular-nums">
						{device.number ? phoneNumber(device.number) : t("noNumber")}
					</span>
					{kind !== "good" && (
						<span className="text-pretty text-sm">
							{[why && t(why), todo && t(todo)].filter(Boolean).join(" ")}
							{device.state_until ? ` ${t("until", { when: format.full(device.state_until) })}.` : ""}
						</span>
					)}
				</span>
				<ChevronRight className="size-5 shrink-0 text-soft" aria-hidden />
			</Link>
		</li>
	);
}
