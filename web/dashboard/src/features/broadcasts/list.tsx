import { Link, useNavigate } from "@tanstack/react-router";
import { Megaphone, Plus, SearchX } from "lucide-react";
import { useState } from "react";
import { useCan, useMe } from "@/app/me";
import { itemsOf } from "@/lib/api/pages";
import { useShortcut } from "@/lib/shortcuts";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import {
	Button,
	Card,
	ConfirmDialog,
	EmptyState,
	ErrorState,
	MoreButton,
	PageBody,
	PageHead,
	SkeletonRows,
	toastFault,
} from "@/ui";
import { Choices } from "./choices";
import { keep, keptDraft } from "./kept";
import type { State } from "./model";
import { drop, useBroadcasts } from "./queries";
import { BroadcastRow } from "./row";
import { broadcastsWords } from "./words";

const kinds: (State | "all")[] = ["all", "running", "scheduled", "paused", "ready", "done", "cancelled", "failed"];

/** All broadcasts, the newest first, and the one that is not finished. */
export function List() {
	const t = useWords(broadcastsWords);
	const may = useCan()("broadcasts.write");
	const navigate = useNavigate();
	const [kind, setKind] = useState<State | "all">("all");
	const list = useBroadcasts(kind === "all" ? undefined : kind);
	const draft = useStore(keptDraft(useMe().workspace.id));
	const make = () => void navigate({ to: "/broadcasts/$broadcast", params: { broadcast: "new" } });
	useShortcut("n", t("make"), t("title"), () => may && make());
	// What was counted of the unfinished one is shown as that.
	const all = itemsOf(list.data);
	const shown = may ? all.filter((one) => one.id !== draft?.made?.id) : all;
	const empty = kind === "all" && list.data && shown.length === 0 && !(may && draft);
	return (
		<PageBody>
			<PageHead
				title={t("title")}
				description={t("about")}
				actions={
					may &&
					!empty && (
						<Button kind="main" onClick={make}>
							<Plus aria-hidden />
							{t("make")}
						</Button>
					)
				}
			/>
			{may && draft && <Unfinished name={draft.name} />}
			{!empty && (all.length > 0 || kind !== "all") && (
				<Choices
					label={t("kinds")}
					className="max-md:-mx-4 max-md:flex-nowrap max-md:overflow-x-auto max-md:px-4"
					value={kind}
					onChange={setKind}
					choices={kinds.map((value) => ({ value, label: t(value) }))}
				/>
			)}
			{list.isPending && (
				<Card className="p-0">
					<SkeletonRows rows={4} />
				</Card>
			)}
			{list.error && !list.data && (
				<Card>
					<ErrorState error={list.error} onRetry={() => void list.refetch()} />
				</Card>
			)}
			{empty && (
				<Card>
					<EmptyState
						icon={Megaphone}
						title={t("empty")}
						action={
							may && (
								<Button kind="main" onClick={make}>
									{t("first")}
								</Button>
							)
						}
					>
						{t(may ? "hint" : "emptyRead")}
					</EmptyState>
				</Card>
			)}
			{list.data && kind !== "all" && shown.length === 0 && (
				<Card>
					<EmptyState
						icon={SearchX}
						title={t("none")}
						action={<Button onClick={() => setKind("all")}>{t("showAll")}</Button>}
					>
						{t("noneHint")}
					</EmptyState>
				</Card>
			)}
			{shown.length > 0 && (
				<ul aria-label={t("list")} className="flex flex-col gap-3">
					{shown.map((one) => (
						<BroadcastRow key={one.id} one={one} />
					))}
				</ul>
			)}
			{list.hasNextPage && <MoreButton onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />}
		</PageBody>
	);
}

/** The broadcast that is being made on this device. */
function Unfinished({ name }: { name: string }) {
	const t = useWords(broadcastsWords);
	const workspace = useMe().workspace.id;
	const [asks, setAsks] = useState(false);
	const throwAway = () => {
		const made = keptDraft(workspace).get()?.made;
		keep(workspace, undefined);
		if (made) drop(made.id).catch(toastFault);
	};
	return (
		<Card className="flex flex-wrap items-center gap-3 border-accent bg-accent-soft">
			<div className="min-w-0 flex-1 basis-56">
				<p className="text-accent-ink text-sm">{t("unfinished")}</p>
				<p className="outside font-medium">{name.trim() || t("unnamed")}</p>
				<p className="text-accent-ink text-sm">{t("keptHere")}</p>
			</div>
			<div className="flex gap-2">
				<Button onClick={() => setAsks(true)}>{t("throwAway")}</Button>
				<Button asChild kind="main">
					<Link to="/broadcasts/$broadcast" params={{ broadcast: "new" }}>
						{t("goOn")}
					</Link>
				</Button>
			</div>
			{asks && (
				<ConfirmDialog
					open
					onOpenChange={setAsks}
					title={t("throwTitle")}
					description={t("throwHint")}
					confirm={t("throwAway")}
					danger
					onConfirm={throwAway}
				/>
			)}
		</Card>
	);
}
