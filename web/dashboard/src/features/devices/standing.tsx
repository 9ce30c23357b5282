import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import { Badge, Button, Card, toast, toastFault } from "@/ui";
import { devicesKeys } from "./keys";
import { paceWords } from "./pace-words";

type Health = Schema["GovernorHealthView"];

const kinds = { healthy: "good", caution: "warn", restricted: "warn", paused: "warn", banned: "bad" } as const;

/** What is thought of a device's number, why, what to do, and how it came to it. */
export function Standing({ id }: { id: string }) {
	const t = useWords(paceWords);
	const can = useCan();
	const language = useLanguage();
	const client = useQueryClient();
	const query = useQuery({
		queryKey: devicesKeys.standing(id),
		queryFn: () => ask(api.GET("/devices/{id}/health", { params: { path: { id } } })),
	});
	const resume = useMutation({
		mutationFn: () => ask(api.POST("/devices/{id}/resume", { params: { path: { id } } })),
		onSuccess: () => {
			toast(t("resumed"), { kind: "good" });
			void client.invalidateQueries({ queryKey: devicesKeys.all });
		},
		onError: toastFault,
	});
	const health = query.data;
	if (!health) return null;
	return (
		<Card className="flex flex-col gap-4">
			<div className="flex flex-wrap items-center justify-between gap-2">
				<h2 className="text-lg">{t("standing")}</h2>
				<Badge kind={kinds[health.state]}>{t(`state_${health.state}`)}</Badge>
			</div>
			<div className="flex flex-col gap-1">
				<p className="text-pretty">{health.what[language]}</p>
				{health.todo[language] && <p className="text-pretty font-medium">{health.todo[language]}</p>}
				<Until health={health} />
			</div>
			{health.resumable && can("devices.write") && (
				<Button kind="main" className="self-start" disabled={resume.isPending} onClick={() => resume.mutate()}>
					{t("resume")}
				</Button>
			)}
			<Used health={health} />
			<History health={health} />
		</Card>
	);
}

function Until({ health }: { health: Health }) {
	const t = useWords(paceWords);
	const format = useFormat();
	if (health.state === "healthy") return null;
	const when = health.until ?? health.since;
	if (!when) return null;
	return <p className="text-soft text-sm">{t(health.until ? "until" : "since", { when: format.full(when) })}</p>;
}

function Used({ health }: { health: Health }) {
	const t = useWords(paceWords);
	if (!health.used) return null;
	const { warm, cold, cold_day } = health.used;
	return (
		<dl className="grid gap-x-8 gap-y-3 border-line border-t pt-4 sm:grid-cols-2">
			<div>
				<dt className="text-soft text-sm">{t("warm")}</dt>
				<dd className="tabular-nums">
					{warm.minute} / {warm.hour} / {warm.day}
				</dd>
			</div>
			<div>
				<dt className="text-soft text-sm">{t("cold")}</dt>
				<dd className="tabular-nums">{t("ofDay", { used: cold.day, budget: cold_day })}</dd>
			</div>
		</dl>
	);
}

function History({ health }: { health: Health }) {
	const t = useWords(paceWords);
	const format = useFormat();
	const language = useLanguage();
	if (!health.history?.length) return null;
	return (
		<details className="border-line border-t pt-3">
			<summary className="cursor-pointer py-2 max-md:min-h-11">{t("history")}</summary>
			<ul className="flex flex-col gap-2">
				{health.history.map((entry) => (
					<li key={`${entry.at}-${entry.state}`} className="text-sm">
						<span className="text-soft tabular-nums">{format.full(entry.at)}</span>{" "}
						<span className="font-medium">{t(`state_${entry.state}`)}</span> · {entry.what[language]}
					</li>
				))}
			</ul>
		</details>
	);
}
