import { useNavigate } from "@tanstack/react-router";
import {
	Ban,
	Copy,
	Download,
	EllipsisVertical,
	ListChecks,
	Pause,
	Pencil,
	Play,
	RotateCcw,
	Trash2,
} from "lucide-react";
import { Suspense, useState } from "react";
import { useCan, useMe } from "@/app/me";
import { useFormat } from "@/lib/format";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, DropdownMenu, IconButton, MenuItem, MenuLine, toast } from "@/ui";
import { copyOf } from "./draft";
import { keep, keptDraft } from "./kept";
import { type Broadcast, over, retries, toCome, waiting } from "./model";
import { exportOf, useRetry } from "./more";
import { oneWords } from "./one-words";
import { useDeed, useRemove } from "./queries";
import { repeatWords } from "./repeat-words";

const EditDialog = lazily(() => import("./edit-dialog"));

type Asks = "edit" | "cancel" | "remove" | "copy" | undefined;

/** What can be done to a broadcast now. */
export function Deeds({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const r = useWords(repeatWords);
	const may = useCan()("broadcasts.write");
	const deed = useDeed(one.id);
	const retry = useRetry(one.id);
	const workspace = useMe().workspace.id;
	const navigate = useNavigate();
	const [asks, setAsks] = useState<Asks>();
	const copy = () => {
		keep(workspace, copyOf(one, t("copyName", { name: one.name }).slice(0, 200)));
		void navigate({ to: "/broadcasts/$broadcast", params: { broadcast: "new" } });
	};
	if (!may) return null;
	const going = one.state === "running" || one.state === "scheduled";
	const ends = going || one.state === "paused" || one.state === "planning";
	const removes = over(one.state) || one.state === "draft" || one.state === "ready";
	const told = ({ retried }: { retried: number }) => toast(t("retried", { count: retried }), { kind: "good" });
	return (
		<>
			{going && (
				<Button busy={deed.isPending} onClick={() => deed.mutate("pause")}>
					{!deed.isPending && <Pause aria-hidden />}
					{t("pause")}
				</Button>
			)}
			{one.state === "paused" && (
				<Button kind="main" busy={deed.isPending} onClick={() => deed.mutate("resume")}>
					{!deed.isPending && <Play aria-hidden />}
					{t("resume")}
				</Button>
			)}
			{one.state === "draft" && (
				<Button kind="main" busy={deed.isPending} onClick={() => deed.mutate("prepare")}>
					{!deed.isPending && <ListChecks aria-hidden />}
					{t("count")}
				</Button>
			)}
			<DropdownMenu
				trigger={
					<IconButton label={t("more")} kind="plain">
						<EllipsisVertical />
					</IconButton>
				}
			>
				{(one.state === "paused" || toCome(one)) && (
					<MenuItem icon={<Pencil />} onSelect={() => setAsks("edit")}>
						{toCome(one) ? r("edit") : t("edit")}
					</MenuItem>
				)}
				{retries(one) && (
					<MenuItem icon={<RotateCcw />} onSelect={() => retry.mutate(undefined, { onSuccess: told })}>
						{t("retry")}
					</MenuItem>
				)}
				<MenuItem icon={<Copy />} onSelect={() => (keptDraft(workspace).get() ? setAsks("copy") : copy())}>
					{t("duplicate")}
				</MenuItem>
				{one.total > 0 && (
					<MenuItem asChild>
						<a href={exportOf(one.id)} download>
							<Download aria-hidden />
							{t("download")}
						</a>
					</MenuItem>
				)}
				{(ends || removes) && <MenuLine />}
				{ends && (
					<MenuItem icon={<Ban />} danger onSelect={() => setAsks("cancel")}>
						{t("cancel")}
					</MenuItem>
				)}
				{removes && (
					<MenuItem icon={<Trash2 />} danger onSelect={() => setAsks("remove")}>
						{t("remove")}
					</MenuItem>
				)}
			</DropdownMenu>
			<Asked asks={asks} one={one} onEnd={() => setAsks(undefined)} onCopy={copy} />
		</>
	);
}

interface AskedProps {
	asks: Asks;
	one: Broadcast;
	onEnd: () => void;
	onCopy: () => void;
}

function Asked({ asks, one, onEnd, onCopy }: AskedProps) {
	const t = useWords(oneWords);
	const r = useWords(repeatWords);
	const format = useFormat();
	const navigate = useNavigate();
	const deed = useDeed(one.id);
	const remove = useRemove();
	if (asks === "edit")
		return (
			<Suspense>
				<EditDialog one={one} onClose={onEnd} />
			</Suspense>
		);
	if (asks === "copy")
		return (
			<ConfirmDialog
				open
				onOpenChange={onEnd}
				title={t("copyTitle")}
				description={t("copyHint")}
				confirm={t("copyYes")}
				onConfirm={onCopy}
			/>
		);
	if (asks === "cancel")
		return (
			<ConfirmDialog
				open
				onOpenChange={onEnd}
				title={toCome(one) ? r("cancelTitle") : t("cancelTitle")}
				description={toCome(one) ? r("cancelHint") : t("cancelHint", { n: format.number(waiting(one.counts)) })}
				confirm={toCome(one) ? r("cancel") : t("cancel")}
				danger
				busy={deed.isPending}
				onConfirm={() => deed.mutate("cancel", { onSettled: onEnd })}
			/>
		);
	if (asks !== "remove") return null;
	return (
		<ConfirmDialog
			open
			onOpenChange={onEnd}
			title={t("removeTitle")}
			description={t("removeHint")}
			confirm={t("removeYes")}
			danger
			busy={remove.isPending}
			onConfirm={() =>
				remove.mutate(one.id, {
					onSuccess: () => {
						toast(t("removed"));
						void navigate({ to: "/broadcasts" });
					},
					onError: onEnd,
				})
			}
		/>
	);
}
