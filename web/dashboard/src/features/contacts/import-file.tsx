import { useQuery, useQueryClient } from "@tanstack/react-query";
import { FileSpreadsheet, Trash2 } from "lucide-react";
import { type ChangeEvent, type DragEvent, useRef, useState } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, Button, Card, cn, FormFault, IconButton, toastFault } from "@/ui";
import { importWords } from "./import-words";
import { contactsKeys } from "./keys";

export type Job = Schema["ImporterView"];

/** Chooses the file, or an import that was begun before. */
export function ImportFile({ onImport }: { onImport: (id: string) => void }) {
	const t = useWords(importWords);
	const input = useRef<HTMLInputElement>(null);
	const [busy, setBusy] = useState(false);
	const [over, setOver] = useState(false);
	const [fault, setFault] = useState<unknown>();
	const send = async (file: File | undefined) => {
		if (!file) return;
		setBusy(true);
		setFault(undefined);
		try {
			onImport((await upload(file)).id);
		} catch (error) {
			setFault(error);
		}
		setBusy(false);
	};
	const drop = (e: DragEvent) => {
		e.preventDefault();
		setOver(false);
		void send(e.dataTransfer.files[0]);
	};
	return (
		<>
			<section
				aria-label={t("drop")}
				onDragOver={(e) => {
					e.preventDefault();
					setOver(true);
				}}
				onDragLeave={() => setOver(false)}
				onDrop={drop}
				className={cn(
					"flex flex-col items-center gap-3 rounded-lg border border-line-strong border-dashed px-6 py-12 text-center",
					over ? "bg-accent-soft" : "bg-surface",
				)}
			>
				<span className="inline-flex size-14 items-center justify-center rounded-full bg-accent-soft text-accent-ink">
					<FileSpreadsheet className="size-7" aria-hidden />
				</span>
				<h2 className="text-lg">{t(busy ? "reading" : "drop")}</h2>
				<p className="max-w-prose text-pretty text-soft">{t("dropHint")}</p>
				<input
					ref={input}
					type="file"
					id="import-file"
					accept=".csv,.tsv,.txt,.xlsx"
					aria-label={t("pick")}
					tabIndex={-1}
					className="sr-only"
					onChange={(e: ChangeEvent<HTMLInputElement>) => {
						void send(e.target.files?.[0]);
						e.target.value = "";
					}}
				/>
				<Button kind="main" busy={busy} onClick={() => input.current?.click()}>
					{t("pick")}
				</Button>
				<FormFault fault={fault} />
			</section>
			<Earlier onImport={onImport} />
		</>
	);
}

function upload(file: File): Promise<Job> {
	const form = new FormData();
	form.append("file", file, file.name);
	// The document knows the body as text; the serializer gives the form as it is.
	return ask(api.POST("/imports", { body: {} as never, bodySerializer: () => form }));
}

function Earlier({ onImport }: { onImport: (id: string) => void }) {
	const t = useWords(importWords);
	const format = useFormat();
	const client = useQueryClient();
	const { data } = useQuery({ queryKey: contactsKeys.imports, queryFn: () => ask(api.GET("/imports")) });
	if (!data || data.items.length === 0) return null;
	const forget = async (id: string) => {
		try {
			await ask(api.DELETE("/imports/{id}", { params: { path: { id } } }));
			void client.invalidateQueries({ queryKey: contactsKeys.imports });
		} catch (error) {
			toastFault(error);
		}
	};
	return (
		<Card>
			<h2 className="pb-2 text-lg">{t("before")}</h2>
			<ul>
				{data.items.map((job) => (
					<li key={job.id} className="flex items-center gap-2 border-line not-last:border-b">
						<button
							type="button"
							onClick={() => onImport(job.id)}
							className="flex min-h-14 min-w-0 flex-1 items-center gap-3 rounded-md px-2 text-left hover:bg-sunken"
						>
							<span className="min-w-0 flex-1">
								<span className="outside block truncate font-medium">{job.filename}</span>
								<span className="block text-sm text-soft">{format.full(job.created_at)}</span>
							</span>
							<Badge kind={job.state === "failed" ? "bad" : job.state === "done" ? "good" : "plain"}>
								{t(job.state)}
							</Badge>
						</button>
						<IconButton label={t("forget", { name: job.filename })} onClick={() => void forget(job.id)}>
							<Trash2 />
						</IconButton>
					</li>
				))}
			</ul>
		</Card>
	);
}
