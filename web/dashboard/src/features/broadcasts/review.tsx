import { CircleCheck, Clock, Send, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import { Button, Card, ConfirmDialog, EmptyState, Skeleton, toast } from "@/ui";
import { type Broadcast, reasonsOf, waiting } from "./model";
import { oneWords } from "./one-words";
import { useDeed } from "./queries";
import { ReasonList } from "./reason-list";
import { reasonOf } from "./reason-words";
import { ServerSamples } from "./server-samples";
import { TestCard } from "./test-card";
import { Timetable } from "./timetable";
import { useWhen } from "./when";
import { broadcastsWords } from "./words";

interface ReviewProps {
	one: Broadcast;
	/** Leads to where the recipients are chosen; missing where they can't be. */
	onChange?: () => void;
	onStarted: () => void;
	/** It is shown to somebody who may not start it. */
	readOnly?: boolean;
}

/** Before it starts: who will get it, who is left out and why, what should be mended, and when it will be done. */
export function Review({ one, onChange, onStarted, readOnly }: ReviewProps) {
	const t = useWords(oneWords);
	if (one.state === "planning") return <Counting looked={one.looked} />;
	if (one.state === "failed") return <NotCounted one={one} onChange={onChange} readOnly={readOnly} />;
	const nobody = waiting(one.counts) === 0;
	return (
		<>
			<Card className="flex flex-col gap-4">
				{nobody ? (
					<EmptyState
						title={t("nobody")}
						className="py-4"
						action={
							onChange && (
								<Button kind="main" onClick={onChange}>
									{t("change")}
								</Button>
							)
						}
					>
						{t("nobodyHint")}
					</EmptyState>
				) : (
					<Reaches one={one} />
				)}
				<Reasons one={one} />
			</Card>
			<Warnings one={one} />
			{!nobody && (
				<div className="grid items-start gap-4 lg:grid-cols-2 [&>*]:min-w-0">
					<ServerSamples one={one} />
					<Timetable one={one} />
				</div>
			)}
			{!nobody && !readOnly && <TestCard one={one} />}
			{(!nobody || one.repeat) && !readOnly && <Go one={one} onStarted={onStarted} />}
		</>
	);
}

/** The recipients are being looked at. */
export function Counting({ looked }: { looked: number }) {
	const t = useWords(oneWords);
	const list = useWords(broadcastsWords);
	const format = useFormat();
	return (
		<Card className="flex flex-col gap-3">
			<h2 className="text-lg" role="status">
				{t("counting")}
			</h2>
			<p className="text-pretty text-soft">{t("countingHint")}</p>
			<Skeleton className="h-2.5 w-full rounded-full" />
			{looked > 0 && <p className="text-sm tabular-nums">{list("looked", { n: format.number(looked) })}</p>}
		</Card>
	);
}

function NotCounted({ one, onChange, readOnly }: Omit<ReviewProps, "onStarted">) {
	const t = useWords(oneWords);
	const deed = useDeed(one.id);
	return (
		<Card className="flex flex-col gap-4">
			<h2 className="text-bad text-lg">{t("failedTitle")}</h2>
			<p className="text-pretty">{reasonOf(one.why ?? "")}</p>
			<Reasons one={one} />
			<div className="flex flex-wrap gap-2">
				{onChange && <Button onClick={onChange}>{t("change")}</Button>}
				{!readOnly && (
					<Button kind="main" busy={deed.isPending} onClick={() => deed.mutate("prepare")}>
						{t("countAgain")}
					</Button>
				)}
			</div>
		</Card>
	);
}

function Reaches({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const format = useFormat();
	return (
		<div>
			<dl className="flex flex-wrap gap-x-8 gap-y-2">
				<div className="flex flex-col-reverse">
					<dt className="text-soft">{t("willGet")}</dt>
					<dd className="font-semibold text-3xl tabular-nums">{format.number(waiting(one.counts))}</dd>
				</div>
				<div className="flex flex-col-reverse">
					<dt className="text-soft">{t("leftOut")}</dt>
					<dd className="font-semibold text-3xl tabular-nums">{format.number(one.left_out)}</dd>
				</div>
			</dl>
			{one.cold > 0 && (
				<p className="pt-2 text-pretty text-sm text-warn">
					{t("strangers", { count: one.cold, n: format.number(one.cold) })}
				</p>
			)}
		</div>
	);
}

/** Why people are left out, and how many for each. Linked, a reason leads to its recipients, who are below. */
export function Reasons({ one, linked }: { one: Broadcast; linked?: boolean }) {
	const t = useWords(oneWords);
	const reasons = reasonsOf(one.reasons);
	if (reasons.length === 0) return null;
	return (
		<div>
			<h2 className="pb-1 font-medium text-sm">{t("why")}</h2>
			<ReasonList
				one={one}
				state={linked ? "skipped" : undefined}
				reasons={reasons.map(([code, count]) => ({
					code,
					count,
					name: reasonOf(code),
					unseen: code === "duplicate", // who is in it twice has one row
				}))}
			/>
		</div>
	);
}

function Warnings({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const language = useLanguage();
	if (one.warnings.length === 0) return null;
	return (
		<section aria-label={t("warnings")} className="flex flex-col gap-2 rounded-lg bg-warn-soft p-4 text-warn md:p-5">
			<h2 className="flex items-center gap-2 font-semibold">
				<TriangleAlert className="size-5 shrink-0" aria-hidden />
				{t("warnings")}
			</h2>
			<ul className="flex list-disc flex-col gap-1 pl-7">
				{one.warnings.map((warning) => (
					<li key={warning.code} className="text-pretty">
						{language === "id" ? warning.message : warning.message_en}
					</li>
				))}
			</ul>
		</section>
	);
}

/** When it would be done, and the button that starts it. */
function Go({ one, onStarted }: Pick<ReviewProps, "one" | "onStarted">) {
	const t = useWords(oneWords);
	const list = useWords(broadcastsWords);
	const format = useFormat();
	const when = useWhen();
	const deed = useDeed(one.id);
	const [asks, setAsks] = useState(false);
	const starts = one.next?.[0] ?? one.start_at ?? 0;
	const later = starts > Date.now();
	const ends = one.forecast.ends_at ? list("endsAt", { when: when(one.forecast.ends_at) }) : list("endsUnknown");
	const start = () =>
		deed.mutate("start", {
			onSuccess: () => {
				toast(t(later ? "scheduledToast" : "started"), { kind: "good" });
				onStarted();
			},
			onError: () => setAsks(false),
		});
	return (
		<Card className="flex flex-wrap items-center justify-between gap-4">
			<div className="flex min-w-0 flex-col gap-1">
				{later && (
					<p className="flex items-center gap-2">
						<Clock className="size-5 shrink-0 text-soft" aria-hidden />
						{list("startsAt", { when: when(starts) })}
					</p>
				)}
				<p className="flex items-center gap-2">
					<CircleCheck className="size-5 shrink-0 text-soft" aria-hidden />
					{ends}
				</p>
			</div>
			<Button kind="main" size="lg" onClick={() => (later ? start() : setAsks(true))} busy={deed.isPending}>
				<Send aria-hidden />
				{t(later ? "schedule" : "start")}
			</Button>
			{asks && (
				<ConfirmDialog
					open
					onOpenChange={setAsks}
					title={t("startTitle", { n: format.number(waiting(one.counts)) })}
					description={`${ends}. ${t("startHint")}`}
					confirm={t("start")}
					busy={deed.isPending}
					onConfirm={start}
				/>
			)}
		</Card>
	);
}
