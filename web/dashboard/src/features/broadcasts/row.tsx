import { Link } from "@tanstack/react-router";
import { CalendarClock, Smartphone } from "lucide-react";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import { Badge } from "@/ui";
import { type Broadcast, gone, looks, over, toCome, waiting, wanted } from "./model";
import { ProgressBar } from "./progress";
import { useDevices } from "./queries";
import { RepeatLine } from "./repeat-line";
import { repeatWords } from "./repeat-words";
import { useWhen } from "./when";
import { broadcastsWords } from "./words";

/** The state of a broadcast in plain words. */
export function StateBadge({ one }: { one: Broadcast }) {
	const t = useWords(broadcastsWords);
	return <Badge kind={looks[one.state]}>{t(one.state)}</Badge>;
}

/** A broadcast in the list: what it is, how far it is, and when it will be done. */
export function BroadcastRow({ one }: { one: Broadcast }) {
	const t = useWords(broadcastsWords);
	const counted = one.state !== "draft" && one.state !== "planning";
	return (
		<li className="relative flex flex-col gap-3 rounded-lg border border-line bg-surface p-4 hover:bg-sunken/40 md:p-5">
			<div className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1.5">
				<Link
					to="/broadcasts/$broadcast"
					params={{ broadcast: one.id }}
					className="outside min-w-0 font-medium text-lg after:absolute after:inset-0 after:rounded-lg"
				>
					{one.name}
				</Link>
				<StateBadge one={one} />
			</div>
			{counted && one.started_at && <ProgressBar counts={one.counts} label={t("progress", { name: one.name })} />}
			<Numbers one={one} />
			<div className="flex flex-wrap gap-x-5 gap-y-1 text-soft text-sm">
				<span className="inline-flex min-w-0 items-center gap-1.5">
					<Smartphone className="size-4 shrink-0" aria-hidden />
					<DeviceNames one={one} />
				</span>
				<RepeatLine one={one} />
				<TimeLine one={one} />
				<HoldLine one={one} />
			</div>
		</li>
	);
}

function Numbers({ one }: { one: Broadcast }) {
	const t = useWords(broadcastsWords);
	const r = useWords(repeatWords);
	const format = useFormat();
	const language = useLanguage();
	const c = one.counts;
	if (one.state === "draft") return <p className="text-soft text-sm">{t("notCounted")}</p>;
	if (one.state === "planning")
		return <p className="text-soft text-sm tabular-nums">{t("looked", { n: format.number(one.looked) })}</p>;
	if (one.state === "failed")
		return <p className="text-bad text-sm">{language === "id" ? one.reason : one.reason_en}</p>;
	if (toCome(one)) return <p className="text-soft text-sm">{r("countedThen")}</p>;
	const parts = (["delivered", "read", "replied", "failed", "skipped"] as const).filter((name) => c[name] > 0);
	return (
		<p className="flex flex-wrap gap-x-4 gap-y-1 text-sm tabular-nums">
			<span className="font-medium">
				{one.started_at
					? t("of", { done: format.number(gone(c)), total: format.number(wanted(c)) })
					: t("willGet", { n: format.number(waiting(c)) })}
			</span>
			{parts.map((name) => (
				<span key={name} className="text-soft">
					{t(`c_${name}`)} {format.number(c[name])}
				</span>
			))}
		</p>
	);
}

/** By which devices it goes. */
export function DeviceNames({ one }: { one: Broadcast }) {
	const t = useWords(broadcastsWords);
	const { data } = useDevices();
	const names = one.devices.map(
		(sender) => data?.items.find((device) => device.id === sender.device_id)?.name ?? (data ? t("someDevice") : "…"),
	);
	return (
		<span className="outside min-w-0 truncate">
			{names.length > 2 ? t("devices", { count: names.length }) : names.join(", ")}
		</span>
	);
}

/** When it begins, will be done, or was over. */
export function TimeLine({ one }: { one: Broadcast }) {
	const t = useWords(broadcastsWords);
	const when = useWhen();
	const text = () => {
		if (over(one.state)) return one.ended_at ? t("endedAt", { when: when(one.ended_at) }) : undefined;
		if (one.state === "scheduled" && one.start_at) return t("startsAt", { when: when(one.start_at) });
		if (one.state === "draft" || one.state === "planning" || one.state === "paused") return undefined;
		return one.forecast.ends_at ? t("endsAt", { when: when(one.forecast.ends_at) }) : t("endsUnknown");
	};
	const line = text();
	return (
		line && (
			<span className="inline-flex items-center gap-1.5">
				<CalendarClock className="size-4 shrink-0" aria-hidden />
				{line}
			</span>
		)
	);
}

/** What keeps it from going on now, or why nobody got it. */
function HoldLine({ one }: { one: Broadcast }) {
	const language = useLanguage();
	const hold = one.state === "running" ? one.forecast.holds[0] : one.state === "done" && one.why ? one : undefined;
	return hold && <span className="text-warn">{language === "id" ? hold.reason : hold.reason_en}</span>;
}
