import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { FileClock } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { byKey, itemsOf } from "@/lib/api/pages";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import {
	Badge,
	Button,
	EmptyState,
	ErrorState,
	Field,
	MoreButton,
	Select,
	Sheet,
	SkeletonRows,
	toast,
	toastFault,
} from "@/ui";
import { webhookKeys } from "./keys";
import type { Webhook } from "./webhooks";
import { webhooksWords } from "./webhooks-words";

type Delivery = Schema["WebhookView"];
type State = Delivery["state"];

const states: State[] = ["pending", "delivered", "failed"];
const kinds = { pending: "plain", delivered: "good", failed: "bad" } as const;
/** How often the log is read while something in it is under way, in milliseconds. */
const often = 3_000;

/** What a webhook was told, and how the receiver answered. */
export function Deliveries({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
	const t = useWords(webhooksWords);
	const [state, setState] = useState<State>();
	const log = useInfiniteQuery({
		queryKey: webhookKeys.deliveries(webhook.id, state),
		queryFn: ({ pageParam: after }) =>
			ask(
				api.GET("/webhooks/{id}/deliveries", {
					params: { path: { id: webhook.id }, query: { limit: 30, after, state } },
				}),
			),
		...byKey,
		staleTime: 0,
		refetchInterval: ({ state: { data } }) => (itemsOf(data).some((one) => one.state === "pending") ? often : false),
	});
	const items = itemsOf(log.data);
	return (
		<Sheet open onOpenChange={onClose} title={t("log")} description={<span className="outside">{webhook.url}</span>}>
			<Field label={t("state")} className="mb-3">
				<Select value={state ?? ""} onChange={(e) => setState(states.find((one) => one === e.target.value))}>
					<option value="">{t("any")}</option>
					{states.map((one) => (
						<option key={one} value={one}>
							{t(one)}
						</option>
					))}
				</Select>
			</Field>
			{log.isPending && <SkeletonRows rows={4} />}
			{log.error && <ErrorState error={log.error} onRetry={() => void log.refetch()} />}
			{log.data && items.length === 0 && (
				<EmptyState icon={FileClock} title={t("logEmpty")}>
					{t("logEmptyHint")}
				</EmptyState>
			)}
			<ul className="flex flex-col">
				{items.map((delivery) => (
					<DeliveryRow key={delivery.id} delivery={delivery} webhookId={webhook.id} />
				))}
			</ul>
			{log.hasNextPage && <MoreButton busy={log.isFetchingNextPage} onMore={() => void log.fetchNextPage()} />}
		</Sheet>
	);
}

function DeliveryRow({ delivery, webhookId }: { delivery: Delivery; webhookId: string }) {
	const t = useWords(webhooksWords);
	const format = useFormat();
	const can = useCan()("webhooks.write");
	const queries = useQueryClient();
	const again = useMutation({
		mutationFn: () => ask(api.POST("/webhook-deliveries/{id}/redeliver", { params: { path: { id: delivery.id } } })),
		onSuccess: () => {
			toast(t("sentAgain"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: webhookKeys.deliveriesOf(webhookId) });
		},
		onError: toastFault,
	});
	return (
		<li className="flex flex-col gap-1.5 border-line py-3 not-last:border-b">
			<div className="flex flex-wrap items-center gap-2">
				<code className="font-mono font-medium text-sm">{delivery.event}</code>
				<Badge kind={kinds[delivery.state]}>
					{t(delivery.state)}
					{delivery.status ? ` · ${delivery.status}` : ""}
				</Badge>
			</div>
			<p className="text-soft text-sm">
				{format.full(delivery.created_at)} · {t("attempts", { n: delivery.attempts })}
				{delivery.next_at && ` · ${t("next", { at: format.relative(delivery.next_at) })}`}
			</p>
			<details>
				<summary className="cursor-pointer py-1 text-accent text-sm">{t("details")}</summary>
				{delivery.answer && <Text label={t("answer")} text={delivery.answer} />}
				<Text label={t("body")} text={JSON.stringify(delivery.body, null, 2)} />
			</details>
			{can && delivery.state !== "pending" && (
				<Button size="sm" className="self-start" busy={again.isPending} onClick={() => again.mutate()}>
					{t("again")}
				</Button>
			)}
		</li>
	);
}

function Text({ label, text }: { label: string; text: string }) {
	return (
		<>
			<p className="mt-1 text-soft text-sm">{label}</p>
			<pre className="max-h-72 overflow-auto whitespace-pre-wrap rounded-md bg-sunken p-2.5 font-mono text-xs [overflow-wrap:anywhere]">
				{text}
			</pre>
		</>
	);
}
