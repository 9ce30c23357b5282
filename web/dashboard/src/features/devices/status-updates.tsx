import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleDashed, Trash2 } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { usePicture } from "@/app/picture";
import { api, ask } from "@/lib/api/client";
import { byKey, itemsOf } from "@/lib/api/pages";
import { phoneNumber, useFormat } from "@/lib/format";
import { piecesOf } from "@/lib/rich-text";
import { useWords } from "@/lib/words";
import {
	Avatar,
	Card,
	ConfirmDialog,
	EmptyState,
	ErrorState,
	IconButton,
	MoreButton,
	SkeletonRows,
	toast,
	toastFault,
} from "@/ui";
import { RichText } from "@/ui/rich-text";
import { devicesKeys } from "./keys";
import type { Device } from "./state";
import { type Poster, postersOf, type StatusUpdate } from "./status-groups";
import { StatusMedia } from "./status-media";
import { StatusPost } from "./status-post";
import { statusWords } from "./status-words";

/** What a device's contacts have posted within a day, by person, and where one posts oneself. */
export default function StatusUpdates({ device }: { device: Device }) {
	const t = useWords(statusWords);
	const can = useCan();
	const query = useInfiniteQuery({
		queryKey: devicesKeys.statuses(device.id),
		queryFn: ({ pageParam: after, signal }) =>
			ask(
				api.GET("/devices/{id}/status-updates", {
					params: { path: { id: device.id }, query: { after, limit: 100 } },
					signal,
				}),
			),
		...byKey,
	});
	const posters = postersOf(itemsOf(query.data), Date.now());
	return (
		<>
			{can("messages.send") && <StatusPost device={device} />}
			<section className="flex flex-col gap-3" aria-label={t("list")}>
				<h2 className="text-lg">{t("list")}</h2>
				{device.ignore_statuses && <p className="text-pretty text-soft">{t("ignored")}</p>}
				{query.isPending && (
					<Card>
						<SkeletonRows rows={2} />
					</Card>
				)}
				{query.error && !query.data && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
				{query.data && posters.length === 0 && (
					<Card>
						<EmptyState icon={CircleDashed} title={t("empty")}>
							{t("emptyHint")}
						</EmptyState>
					</Card>
				)}
				{posters.map((poster) => (
					<OnePoster key={poster.key} poster={poster} />
				))}
				{query.hasNextPage && <MoreButton busy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />}
			</section>
		</>
	);
}

function OnePoster({ poster }: { poster: Poster }) {
	const t = useWords(statusWords);
	const ours = poster.key === "me";
	const number = poster.phone ? phoneNumber(poster.phone) : "";
	const name = ours ? t("ours") : poster.name || number || t("someone");
	return (
		<Card className="flex flex-col gap-3">
			<h3 className="flex items-center gap-3 text-base">
				<Avatar name={name} id={poster.contact} src={usePicture(poster.contact)} />
				<span className="min-w-0">
					<bdi className="outside block truncate">{name}</bdi>
					<span className="block font-normal text-soft text-sm">
						{[name === number ? "" : number, t("count", { count: poster.updates.length })].filter(Boolean).join(" · ")}
					</span>
				</span>
			</h3>
			<ul className="flex flex-col gap-4">
				{poster.updates.map((one) => (
					<One key={one.id} one={one} />
				))}
			</ul>
		</Card>
	);
}

function One({ one }: { one: StatusUpdate }) {
	const format = useFormat();
	const { text } = one.content;
	return (
		<li className="flex flex-col gap-1.5 border-line pt-3 not-first:border-t">
			<StatusMedia one={one} />
			{text && (
				<p dir="auto" className="outside whitespace-pre-wrap">
					<RichText pieces={piecesOf(text)} />
				</p>
			)}
			<div className="flex min-h-9 items-center justify-between gap-3 text-soft text-sm">
				<span className="tabular-nums">
					{format.day(one.at)}, {format.time(one.at)}
				</span>
				{one.from_me && <Remove one={one} />}
			</div>
		</li>
	);
}

function Remove({ one }: { one: StatusUpdate }) {
	const t = useWords(statusWords);
	const can = useCan();
	const client = useQueryClient();
	const [asks, setAsks] = useState(false);
	const remove = useMutation({
		mutationFn: () =>
			ask(
				api.DELETE("/devices/{id}/status-updates/{update}", {
					params: { path: { id: one.device_id, update: one.id } },
				}),
			),
		onSuccess: () => {
			toast(t("removed"), { kind: "good" });
			void client.invalidateQueries({ queryKey: devicesKeys.statuses(one.device_id) });
		},
		onError: toastFault,
		onSettled: () => setAsks(false),
	});
	if (!can("messages.send")) return null;
	return (
		<>
			<IconButton label={t("remove")} onClick={() => setAsks(true)}>
				<Trash2 />
			</IconButton>
			{asks && (
				<ConfirmDialog
					open
					onOpenChange={setAsks}
					title={t("removeTitle")}
					description={t("removeHint")}
					confirm={t("remove")}
					busy={remove.isPending}
					onConfirm={() => remove.mutate()}
				/>
			)}
		</>
	);
}
