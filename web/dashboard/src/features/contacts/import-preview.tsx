import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { phoneNumber, useFormat } from "@/lib/format";
import { useDebounced } from "@/lib/use-debounced";
import { useLanguage, useWords } from "@/lib/words";
import { Badge, Button, cn, ErrorState, SkeletonRows } from "@/ui";
import type { Job } from "./import-file";
import type { Options } from "./import-map";
import { type Mend, MendRow } from "./import-mend";
import { importWords } from "./import-words";
import { contactsKeys } from "./keys";
import { writtenOf } from "./model";

type Line = Schema["ImporterLineView"];
export type Verdict = Line["verdict"];

export const verdicts: Verdict[] = ["new", "update", "same", "opted_out", "duplicate", "own", "invalid", "left_out"];

const kinds: Record<Verdict, "good" | "plain" | "warn" | "bad"> = {
	new: "good",
	update: "good",
	same: "plain",
	opted_out: "warn",
	duplicate: "warn",
	own: "warn",
	invalid: "bad",
	left_out: "plain",
};

interface PreviewProps {
	job: Job;
	options: Options;
	mends: Mend[];
	onMends: (change: (now: Mend[]) => Mend[]) => void;
	busy: boolean;
	onStart: () => void;
}

/** What would become of each row, before anything is written. */
export function ImportPreview({ job, options, mends, onMends, busy, onStart }: PreviewProps) {
	const t = useWords(importWords);
	const format = useFormat();
	const [only, setOnly] = useState<Verdict>();
	const [after, setAfter] = useState(0);
	const body = { ...useDebounced(options), only, after: after || undefined };
	const preview = useQuery({
		queryKey: [...contactsKeys.import(job.id), "preview", body],
		queryFn: () => ask(api.POST("/imports/{id}/preview", { params: { path: { id: job.id } }, body })),
		placeholderData: keepPreviousData,
		retry: false,
	});
	if (preview.error && !preview.isFetching)
		return <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />;
	if (!preview.data) return <SkeletonRows rows={3} />;
	const { counts, lines, looked, total } = preview.data;
	const written = writtenOf(counts, looked, total);
	const narrow = (verdict?: Verdict) => {
		setOnly(verdict);
		setAfter(0);
	};
	const last = lines.at(-1);
	return (
		<>
			<div className="flex flex-wrap gap-1.5">
				<Tab on={!only} onChoose={() => narrow()}>
					{t("all")} {format.number(looked)}
				</Tab>
				{verdicts.map((verdict) =>
					counts[verdict] ? (
						<Tab key={verdict} on={only === verdict} onChoose={() => narrow(verdict)}>
							{t(`v_${verdict}`)} {format.number(counts[verdict])}
						</Tab>
					) : null,
				)}
			</div>
			{looked < total && (
				<p className="text-sm text-soft">{t("looked", { n: format.number(looked), total: format.number(total) })}</p>
			)}
			{lines.length === 0 ? (
				<p className="text-soft">{t("nothing")}</p>
			) : (
				<Lines lines={lines} mends={mends} onMends={onMends} />
			)}
			<div className="flex flex-wrap justify-end gap-2">
				{last && lines.length >= 50 && <Button onClick={() => setAfter(last.row)}>{t("more")}</Button>}
				<Button kind="main" busy={busy} disabled={written === 0} onClick={onStart}>
					{t("start", { count: written, n: format.number(written) })}
				</Button>
			</div>
		</>
	);
}

function Tab({ on, onChoose, children }: { on: boolean; onChoose: () => void; children: React.ReactNode }) {
	return (
		<button
			type="button"
			aria-pressed={on}
			onClick={onChoose}
			className={cn(
				"min-h-9 rounded-full border px-3 text-sm tabular-nums max-md:min-h-11",
				on ? "border-accent bg-accent-soft font-medium text-accent-ink" : "border-line hover:bg-sunken",
			)}
		>
			{children}
		</button>
	);
}

/** The rows one below the other; on a desk their parts stand in columns. */
function Lines({ lines, mends, onMends }: Pick<PreviewProps, "mends" | "onMends"> & { lines: Line[] }) {
	const t = useWords(importWords);
	return (
		<ul aria-label={t("step2")} className="flex flex-col rounded-lg border border-line">
			{lines.map((line) => (
				<li
					key={line.row}
					className="grid grid-cols-[minmax(0,1fr)] gap-x-4 gap-y-1 border-line px-3.5 py-2.5 not-last:border-b md:grid-cols-[4.5rem_minmax(0,1fr)_minmax(0,1fr)_minmax(0,0.8fr)]"
				>
					<OneLine line={line} />
					<MendRow line={line} mends={mends} onMends={onMends} />
				</li>
			))}
		</ul>
	);
}

function OneLine({ line }: { line: Line }) {
	const t = useWords(importWords);
	const language = useLanguage();
	return (
		<>
			<span className="text-sm text-soft tabular-nums">{t("rowN", { n: line.row })}</span>
			<span>
				<Badge kind={kinds[line.verdict]}>{t(`v_${line.verdict}`)}</Badge>
				{line.mended && <span className="block pt-1 text-sm text-soft">{t("mended")}</span>}
				{line.reason && (
					<span className="outside block pt-1 text-sm text-soft">
						{language === "id" ? line.reason : (line.reason_en ?? line.reason)}
					</span>
				)}
			</span>
			<span>
				<span className="outside block">{line.name}</span>
				{line.phone && <span className="block text-soft tabular-nums">{phoneNumber(line.phone)}</span>}
				{line.second && (
					<span className="block text-sm text-soft">{t("second", { phone: phoneNumber(line.second) })}</span>
				)}
				{line.ignored && line.ignored.length > 0 && (
					<span className="outside block text-sm text-warn">{t("ignored", { columns: line.ignored.join(", ") })}</span>
				)}
			</span>
			<span className="outside font-mono text-sm">
				<span className="sr-only">{t("cell")} </span>
				{line.cell}
			</span>
		</>
	);
}
