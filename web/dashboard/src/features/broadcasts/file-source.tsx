import { FileSpreadsheet } from "lucide-react";
import { useRef, useState } from "react";
import { api, ask, newKey } from "@/lib/api/client";
import { upload } from "@/lib/api/upload";
import { useWords } from "@/lib/words";
import { Button, FormFault } from "@/ui";
import type { Draft } from "./draft";
import { editorWords } from "./editor-words";

interface FileProps {
	file: Draft["file"];
	onFile: (file: Draft["file"]) => void;
}

/** A file with recipients: it goes up when it is chosen. The server says how it reads it. */
export function FileSource({ file, onFile }: FileProps) {
	const t = useWords(editorWords);
	const input = useRef<HTMLInputElement>(null);
	const [part, setPart] = useState<number>();
	const [fault, setFault] = useState<unknown>();
	const take = async (chosen: File | undefined) => {
		if (!chosen) return;
		setFault(undefined);
		setPart(0);
		try {
			const id = await upload(chosen, newKey(), setPart);
			const head = await ask(api.GET("/broadcasts/table", { params: { query: { file_id: id } } }));
			onFile({ id, name: chosen.name, ...head });
		} catch (error) {
			setFault(error);
		}
		setPart(undefined);
	};
	return (
		<div className="flex flex-col gap-2">
			<input
				ref={input}
				id="broadcast-file"
				type="file"
				accept=".csv,.tsv,.txt,.xlsx"
				aria-label={t("pickFile")}
				tabIndex={-1}
				className="hidden"
				onChange={(e) => {
					void take(e.target.files?.[0]);
					e.target.value = "";
				}}
			/>
			<div className="flex flex-wrap items-center gap-x-3 gap-y-2">
				<Button busy={part !== undefined} onClick={() => input.current?.click()}>
					{part === undefined && <FileSpreadsheet aria-hidden />}
					{part === undefined ? t(file ? "otherFile" : "pickFile") : t("uploading", { part: Math.round(part * 100) })}
				</Button>
				{file && <span className="outside min-w-0 font-medium text-sm">{file.name}</span>}
			</div>
			{file && (
				<p className="text-pretty text-soft text-sm">
					{t(file.columns.length > 0 ? "columns" : "noColumns")}{" "}
					<code className="outside font-mono">{file.columns.map((name) => `{${name}}`).join(" ")}</code>
				</p>
			)}
			<FormFault fault={fault} />
		</div>
	);
}
