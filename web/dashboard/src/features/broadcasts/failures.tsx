import { RotateCcw } from "lucide-react";
import { useCan } from "@/app/me";
import type { Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import { Button, Card, ErrorState, Skeleton, toast } from "@/ui";
import { type Broadcast, retries } from "./model";
import { useFailures, useRetry } from "./more";
import { oneWords } from "./one-words";
import { ReasonList } from "./reason-list";

type Reason = Schema["BroadcastFailureReason"];

/** Why people failed: those who have a chance when it is sent to them again apart from those who have none. */
export function Failures({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const format = useFormat();
	const may = useCan()("broadcasts.write");
	const retry = useRetry(one.id);
	const { data, error, isPending, refetch } = useFailures(one);
	if (one.counts.failed === 0) return null;
	const [again, lost] = [true, false].map((worth) => data?.reasons.filter((reason) => reason.again === worth) ?? []);
	return (
		<Card className="flex flex-col gap-4">
			<div className="flex flex-wrap items-center justify-between gap-2">
				<h2 className="text-lg">{t("failures")}</h2>
				{data && data.again > 0 && may && retries(one) && (
					<Button
						busy={retry.isPending}
						onClick={() =>
							retry.mutate(
								again?.map((reason) => reason.code),
								{ onSuccess: ({ retried }) => toast(t("retried", { count: retried }), { kind: "good" }) },
							)
						}
					>
						{!retry.isPending && <RotateCcw aria-hidden />}
						{t("retryThem", { count: data.again, n: format.number(data.again) })}
					</Button>
				)}
			</div>
			{isPending && <Skeleton className="h-16" />}
			{error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
			{data && data.again > 0 && (
				<Part one={one} title={t("again", { count: data.again, n: format.number(data.again) })} reasons={again} />
			)}
			{data && data.lost > 0 && (
				<Part one={one} title={t("lost", { count: data.lost, n: format.number(data.lost) })} reasons={lost} />
			)}
		</Card>
	);
}

function Part({ one, title, reasons = [] }: { one: Broadcast; title: string; reasons: Reason[] | undefined }) {
	const language = useLanguage();
	return (
		<section aria-label={title}>
			<h3 className="pb-1 font-medium text-sm">{title}</h3>
			<ReasonList
				one={one}
				state="failed"
				reasons={reasons.map(({ code, count, reason, reason_en }) => ({
					code,
					count,
					name: language === "id" ? reason : reason_en,
				}))}
			/>
		</section>
	);
}
