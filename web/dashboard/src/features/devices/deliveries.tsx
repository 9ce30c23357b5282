import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, Webhook } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { itemsOf } from "@/lib/api/pages";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import {
	Badge,
	Button,
	Card,
	EmptyState,
	ErrorState,
	Field,
	MoreButton,
	Select,
	SkeletonRows,
	toast,
	toastFault,
} from "@/ui";
import { type Delivery, useDeliveries } from "./queries";
import { settingWords } from "./settings-words";
import type { Device } from "./state";

const kinds = { pending: "warn", delivered: "good", failed: "bad" } as const;

const states = ["pending", "delivered", "failed"] as const;

/** What was sent to a device's webhook, and what came of it. */
export function Deliveries({ device }: { device: Device }) {
	const t = useWords(settingWords);
	const [state, setState] = useState<"" | Delivery["state"]>("");
	const query = useDeliveries(device.id, state);
	const items = itemsOf(query.data);
	return (
		<Card className="flex flex-col gap-3">
			<div className="flex flex-wrap items-end justify-between gap-3">
				<div>
					<h2 className="text-lg">{t("log")}</h2>
					<p className="text-soft">{t("logHint")}</p>
				</div>
				<Field label={t("logFilter")} hideLabel>
					<Select value={state} onChange={(e) => setState(e.target.value as typeof state)}>
						<option value="">{t("logAll")}</option>
						{states.map((one) => (
							<option key={one} value={one}>
								{t(`sent_${one}`)}
							</option>
						))}
					</Select>
				</Field>
			</div>
			{query.isPending && <SkeletonRows rows={3} />}
			{query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
			{query.data && items.length === 0 && (
				<EmptyState icon={Webhook} title={t("logEmpty")} className="py-8">
					{t(state ? "logEmptyFilter" : "logEmptyHint")}
				</EmptyState>
			)}
			<ul className="flex flex-col">
				{items.map((one) => (
					<Row key={one.id} delivery={one} />
				))}
			</ul>
			{query.hasNextPage && <MoreButton busy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />}
		</Card>
	);
}

function Row({ delivery }: { delivery: Delivery }) {
	const t = useWords(settingWords);
	const format = useFormat();
	const again = delivery.state === "pending" && delivery.next_at;
	return (
		<li className="border-line not-last:border-b">
			<details className="group">
				<summary className="-mx-2 flex min-h-11 list-none items-center gap-3 rounded-md px-2 py-2.5 hover:bg-sunken [&::-webkit-details-marker]:hidden">
					<span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
						<Badge kind={kinds[delivery.state]}>
							{t(`sent_${delivery.state}`)}
							{delivery.status ? ` ${delivery.status}` : ""}
						</Badge>
						<span className="outside font-mono text-sm">{delivery.event}</span>
						<span className="text-soft text-sm">
							{[
								format.full(delivery.created_at),
								t("attempts", { count: delivery.attempts }),
								again && t("nextAt", { when: format.relative(again) }),
							]
								.filter(Boolean)
								.join(" · ")}
						</span>
					</span>
					<ChevronDown className="size-5 shrink-0 text-soft transition-transform group-open:rotate-180" aria-hidden />
				</summary>
				<Detail delivery={delivery} />
			</details>
		</li>
	);
}

function Detail({ delivery }: { delivery: Delivery }) {
	const t = useWords(settingWords);
	const can = useCan();
	const client = useQueryClient();
	const redeliver = useMutation({
		mutationFn: () => ask(api.POST("/webhook-deliveries/{id}/redeliver", { params: { path: { id: delivery.id } } })),
		onSuccess: () => {
			toast(t("redelivered"), { kind: "good" });
			void client.invalidateQueries({ queryKey: ["deliveries"] });
		},
		onError: toastFault,
	});
	return (
		<div className="flex flex-col gap-3 pt-1 pb-4">
			<Shown title={t("answer")} text={delivery.answer || t("noAnswer")} />
			<Shown title={t("body")} text={JSON.stringify(delivery.body, null, 2)} />
			{can("webhooks.write") && delivery.state !== "pending" && (
				<div>
					<Button busy={redeliver.isPending} onClick={() => redeliver.mutate()}>
						{t("redeliver")}
					</Button>
				</div>
			)}
		</div>
	);
}

function Shown({ title, text }: { title: string; text: string }) {
	return (
		<div className="min-w-0">
			<h3 className="mb-1 font-medium text-soft text-sm">{title}</h3>
			<pre className="outside whitespace-pre-wrap rounded-md bg-sunken p-3 font-mono text-sm">{text}</pre>
		</div>
	);
}
