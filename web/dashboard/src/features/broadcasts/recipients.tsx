import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { itemsOf } from "@/lib/api/pages";
import { phoneNumber, useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import { Badge, Button, Card, EmptyState, ErrorState, MoreButton, Select, SkeletonRows } from "@/ui";
import { broadcastsKeys } from "./keys";
import { type Broadcast, type Recipient, reasonsOf, type Shown, type Status, shownOf, statuses } from "./model";
import { useFailures } from "./more";
import { oneWords } from "./one-words";
import { useRecipients } from "./queries";
import { reasonOf } from "./reason-words";
import { broadcastsWords } from "./words";

const kinds: Record<Status, "plain" | "accent" | "good" | "warn" | "bad"> = {
	queued: "plain",
	claimed: "plain",
	sent: "accent",
	delivered: "accent",
	read: "good",
	replied: "good",
	failed: "bad",
	skipped: "warn",
	opted_out: "warn",
	cancelled: "plain",
};

/** How long after a change the rows are read again, in milliseconds: a broadcast under way changes all the time. */
const rest = 2_000;

/** Everybody, with what became of them and why. */
export function Recipients({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const navigate = useNavigate();
	const { state, code } = shownOf(useSearch({ strict: false }));
	const show = (search: Shown) =>
		void navigate({
			to: "/broadcasts/$broadcast",
			params: { broadcast: one.id },
			search,
			replace: true,
			resetScroll: false,
		});
	const list = useRecipients(one.id, { state, code });
	const rows = itemsOf(list.data);
	useFollow(one);
	return (
		<section id="recipients" aria-label={t("recipients")} className="flex scroll-mt-4 flex-col gap-3">
			<div className="flex flex-wrap items-end justify-between gap-3">
				<h2 className="text-lg">{t("recipients")}</h2>
				<Narrow one={one} state={state} code={code} onShow={show} />
			</div>
			<Card className="p-0">
				{list.isPending && <SkeletonRows rows={4} />}
				{list.error && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
				{list.data && rows.length === 0 && (
					<EmptyState title={t("noRecipients")} action={<Button onClick={() => show({})}>{t("showAll")}</Button>}>
						{t("noRecipientsHint")}
					</EmptyState>
				)}
				<ul aria-label={t("recipients")}>
					{rows.map((row) => (
						<Row key={row.n} row={row} several={one.variants.length > 1} />
					))}
				</ul>
				{list.hasNextPage && <MoreButton onMore={() => void list.fetchNextPage()} busy={list.isFetchingNextPage} />}
			</Card>
		</section>
	);
}

/** Reads the rows again a while after the counts have changed. */
function useFollow(one: Broadcast) {
	const client = useQueryClient();
	const counts = JSON.stringify(one.counts);
	const before = useRef(counts);
	useEffect(() => {
		if (before.current === counts) return;
		const timer = setTimeout(() => {
			before.current = counts;
			void client.invalidateQueries({ queryKey: broadcastsKeys.recipientsOf(one.id) });
		}, rest);
		return () => clearTimeout(timer);
	}, [counts, client, one.id]);
}

interface NarrowProps extends Shown {
	one: Broadcast;
	onShow: (shown: Shown) => void;
}

/** By state, and where people were left out or failed by the reason, too. */
function Narrow({ one, state, code, onShow }: NarrowProps) {
	const t = useWords(oneWords);
	const list = useWords(broadcastsWords);
	const format = useFormat();
	const reasons = useReasons(one, state, code);
	return (
		<div className="flex flex-wrap gap-2">
			<Select
				aria-label={t("filterState")}
				className="w-44"
				value={state ?? ""}
				onChange={(e) => onShow({ state: (e.target.value as Status) || undefined })}
			>
				<option value="">{t("any")}</option>
				{statuses.map((status) =>
					one.counts[status] > 0 || status === state ? (
						<option key={status} value={status}>
							{`${list(`c_${status}`)} (${format.number(one.counts[status])})`}
						</option>
					) : null,
				)}
			</Select>
			{reasons.length > 0 && (
				<Select
					aria-label={t("filterReason")}
					className="w-56 max-w-full"
					value={code ?? ""}
					onChange={(e) => onShow(e.target.value ? { state: state ?? "skipped", code: e.target.value } : { state })}
				>
					<option value="">{t("anyReason")}</option>
					{reasons.map((reason) => (
						<option key={reason.code} value={reason.code}>
							{`${reason.name} (${format.number(reason.count)})`}
						</option>
					))}
				</Select>
			)}
		</div>
	);
}

/** The reasons that a list can be narrowed by; the one that it is narrowed by is among them. */
function useReasons(one: Broadcast, state: Status | undefined, code: string | undefined) {
	const language = useLanguage();
	const failures = useFailures(one);
	const named = () => {
		switch (state) {
			case "failed":
				return (failures.data?.reasons ?? []).map(({ code, count, reason, reason_en }) => ({
					code,
					count,
					name: language === "id" ? reason : reason_en,
				}));
			case undefined:
			case "skipped":
				return reasonsOf(one.reasons)
					.filter(([reason]) => reason !== "duplicate")
					.map(([code, count]) => ({ code, count, name: reasonOf(code) }));
			default:
				return [];
		}
	};
	const all = named();
	return code && !all.some((reason) => reason.code === code) ? [...all, { code, count: 0, name: reasonOf(code) }] : all;
}

function Row({ row, several }: { row: Recipient; several: boolean }) {
	const t = useWords(oneWords);
	const list = useWords(broadcastsWords);
	const format = useFormat();
	const language = useLanguage();
	const phone = row.phone ? phoneNumber(row.phone) : "";
	const name = row.name || phone || t("nameless");
	const reason = (language === "id" ? row.reason : row.reason_en) || (row.code && reasonOf(row.code));
	return (
		<li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 border-line px-4 py-2.5 not-last:border-b">
			<span className="min-w-0">
				{row.contact_id ? (
					<Link
						to="/contacts/$contact"
						params={{ contact: row.contact_id }}
						className="outside font-medium hover:underline"
					>
						{name}
					</Link>
				) : (
					<span className="outside font-medium">{name}</span>
				)}
				{row.name && phone && <span className="outside block text-soft text-sm tabular-nums">{phone}</span>}
			</span>
			<span className="flex flex-col items-end gap-1">
				<Badge kind={kinds[row.state]}>{list(`c_${row.state}`)}</Badge>
				<span className="text-soft text-xs tabular-nums">
					{several && row.state !== "skipped" && `${t("variantN", { n: row.variant })} · `}
					{format.brief(row.at)}
				</span>
			</span>
			{reason && row.state !== "sent" && (
				<span className="outside col-span-2 text-pretty text-soft text-sm">{reason}</span>
			)}
		</li>
	);
}
