import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChartColumn } from "lucide-react";
import { useState } from "react";
import { useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Card, EmptyState, ErrorState, Select, SkeletonRows } from "@/ui";
import { CardHead } from "./card-head";
import { DayBars } from "./day-bars";
import { figuresWords } from "./figures-words";
import { HourGrid } from "./hour-grid";
import { homeKeys } from "./keys";
import { dayBefore } from "./measure";
import { Authors, Devices } from "./tables";
import { Totals } from "./totals";

export type Report = Schema["StatsReport"];

const spans = [7, 30, 90] as const;

/** What was written and how soon it was answered, for those who lead. */
export default function Figures() {
	const t = useWords(figuresWords);
	const { workspace } = useMe();
	const [days, setDays] = useState<(typeof spans)[number]>(7);
	const [device, setDevice] = useState("");
	const { data: devices } = useQuery({ queryKey: ["devices", "list", {}], queryFn: () => ask(api.GET("/devices")) });
	const query = { from: dayBefore(days - 1, workspace.timezone), device_id: device || undefined };
	const stats = useQuery({
		queryKey: homeKeys.stats(query),
		queryFn: () => ask(api.GET("/stats", { params: { query } })),
		placeholderData: keepPreviousData,
		refetchInterval: 60_000,
	});
	return (
		<section className="flex flex-col gap-4">
			<div className="flex flex-wrap items-center gap-2">
				<h2 className="min-w-0 flex-1 basis-40 text-lg">{t("title")}</h2>
				<Select
					aria-label={t("span")}
					value={days}
					onChange={(e) => setDays(Number(e.target.value) as typeof days)}
					className="min-w-28 max-md:flex-1"
				>
					{spans.map((n) => (
						<option key={n} value={n}>
							{t(`days${n}`)}
						</option>
					))}
				</Select>
				{devices && devices.items.length > 1 && (
					<Select
						aria-label={t("device")}
						value={device}
						onChange={(e) => setDevice(e.target.value)}
						className="min-w-40 max-md:flex-1"
					>
						<option value="">{t("allDevices")}</option>
						{devices.items.map((one) => (
							<option key={one.id} value={one.id}>
								{one.name}
							</option>
						))}
					</Select>
				)}
			</div>
			{stats.isPending && <SkeletonRows />}
			{stats.error && !stats.data && <ErrorState error={stats.error} onRetry={() => void stats.refetch()} />}
			{stats.data && <Charts report={stats.data} query={query} />}
		</section>
	);
}

function Charts({ report, query }: { report: Report; query: Record<string, string | undefined> }) {
	const t = useWords(figuresWords);
	const { received, sent_by_people, sent_by_machines } = report.total;
	if (received + sent_by_people + sent_by_machines === 0)
		return (
			<Card>
				<EmptyState icon={ChartColumn} title={t("none")}>
					{t("noneHint")}
				</EmptyState>
			</Card>
		);
	return (
		<>
			<Totals report={report} />
			<Card className="flex flex-col gap-4">
				<CardHead title={t("perDay")} table="days" query={query} />
				<DayBars days={report.days} />
			</Card>
			<Card className="flex flex-col gap-4">
				<CardHead title={t("hours")} hint={t("hoursHint")} table="hours" query={query} />
				<HourGrid hours={report.hours} />
			</Card>
			<div className="flex flex-col gap-3">
				<CardHead title={t("members")} table="members" query={query} />
				<Authors report={report} />
			</div>
			<div className="flex flex-col gap-3">
				<CardHead title={t("devices")} table="devices" query={query} />
				<Devices report={report} />
			</div>
		</>
	);
}
