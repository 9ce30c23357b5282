import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState } from "react";
import { api, ask, base } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Card, toastFault } from "@/ui";
import type { Job } from "./import-file";
import { verdicts } from "./import-preview";
import { importWords } from "./import-words";
import { contactsKeys } from "./keys";

/** How far an import is, and what came of it. */
export function ImportRun({ job, onAnother }: { job: Job; onAnother: () => void }) {
	const t = useWords(importWords);
	const format = useFormat();
	const client = useQueryClient();
	const [busy, setBusy] = useState(false);
	const going = job.state === "queued" || job.state === "running";
	const cancel = async () => {
		setBusy(true);
		try {
			const now = await ask(api.POST("/imports/{id}/cancel", { params: { path: { id: job.id } } }));
			client.setQueryData(contactsKeys.import(job.id), now);
		} catch (error) {
			toastFault(error);
		}
		setBusy(false);
	};
	return (
		<Card className="flex flex-col gap-4">
			<h2 className="text-lg" aria-live="polite">
				{t(job.state)}
			</h2>
			{job.state === "failed" && <p className="text-bad">{t("failedHint")}</p>}
			<div>
				<progress
					aria-label={t("progress")}
					max={Math.max(job.total, 1)}
					value={job.state === "done" ? Math.max(job.total, 1) : job.done}
					className="h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
				/>
				<p className="pt-1 text-sm text-soft tabular-nums">
					{t("of", { done: format.number(job.done), total: format.number(job.total) })}
				</p>
			</div>
			<dl className="grid grid-cols-2 gap-2 sm:grid-cols-4">
				{verdicts.map((verdict) =>
					job.counts[verdict] ? (
						<div key={verdict} className="flex flex-col-reverse rounded-md bg-sunken px-3 py-2">
							<dt className="text-sm text-soft">{t(`v_${verdict}`)}</dt>
							<dd className="font-semibold text-xl tabular-nums">{format.number(job.counts[verdict])}</dd>
						</div>
					) : null,
				)}
			</dl>
			{!going && job.counts.invalid ? (
				<p className="max-w-prose text-pretty">
					{t("invalidHint", { count: job.counts.invalid, n: format.number(job.counts.invalid) })}
				</p>
			) : null}
			<div className="flex flex-wrap gap-2">
				{going && (
					<Button busy={busy} onClick={() => void cancel()}>
						{t("cancel")}
					</Button>
				)}
				{!going && (
					<>
						<Button onClick={onAnother}>{t("another")}</Button>
						<Button asChild>
							<a href={`${base}/imports/${job.id}/report`} download>
								<Download aria-hidden />
								{t("report")}
							</a>
						</Button>
						<Button asChild kind="main">
							<Link to="/contacts">{t("toContacts")}</Link>
						</Button>
					</>
				)}
			</div>
		</Card>
	);
}
