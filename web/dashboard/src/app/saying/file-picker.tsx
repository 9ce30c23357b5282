import { Paperclip, X } from "lucide-react";
import { useRef, useState } from "react";
import { newKey } from "@/lib/api/client";
import { upload } from "@/lib/api/upload";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, FormFault, IconButton } from "@/ui";
import { useFile } from "./files";
import { sayingWords } from "./words";

/** The largest file that the server takes, in bytes. */
const largest = 100 << 20;

interface FilePickerProps {
	id: string | undefined;
	/** The new file's id; undefined when it is taken away. */
	onChange: (id: string | undefined) => void;
	/** What is wrong with the file, said by the server. */
	fault?: string;
}

/** The file of a message: it goes up when it is chosen. */
export function FilePicker({ id, onChange, fault }: FilePickerProps) {
	const t = useWords(sayingWords);
	const input = useRef<HTMLInputElement>(null);
	const [part, setPart] = useState<number>();
	const [wrong, setWrong] = useState<unknown>();
	const take = async (file: File | undefined) => {
		if (!file) return;
		if (file.size > largest) return setWrong(t("tooLarge"));
		setWrong(undefined);
		setPart(0);
		try {
			onChange(await upload(file, newKey(), setPart));
		} catch (error) {
			setWrong(error);
		}
		setPart(undefined);
	};
	return (
		<div className="flex min-w-0 flex-col gap-2">
			<input
				ref={input}
				type="file"
				className="hidden"
				tabIndex={-1}
				aria-label={t("attach")}
				onChange={(e) => {
					void take(e.target.files?.[0]);
					e.target.value = "";
				}}
			/>
			{id && part === undefined ? (
				<Chosen id={id} onReplace={() => input.current?.click()} onRemove={() => onChange(undefined)} />
			) : (
				<Button
					size="sm"
					className="self-start max-md:h-11"
					busy={part !== undefined}
					onClick={() => input.current?.click()}
				>
					{part === undefined && <Paperclip aria-hidden />}
					{part === undefined ? t("attach") : t("uploading", { part: Math.round(part * 100) })}
				</Button>
			)}
			<FormFault fault={wrong ?? fault} />
		</div>
	);
}

function Chosen({ id, onReplace, onRemove }: { id: string; onReplace: () => void; onRemove: () => void }) {
	const t = useWords(sayingWords);
	const format = useFormat();
	const { data: file, error } = useFile(id);
	return (
		<div className="flex min-w-0 items-center gap-2 rounded-md border border-line bg-surface py-1 pr-1 pl-3">
			<Paperclip className="size-4 shrink-0 text-soft" aria-hidden />
			<span className="min-w-0 flex-1">
				<span className="outside block truncate text-sm">
					{error ? t("fileGone") : file?.filename || t("attached")}
				</span>
				{file && <span className="block text-soft text-xs">{format.bytes(file.size)}</span>}
			</span>
			<Button size="sm" kind="quiet" className="max-md:h-11" onClick={onReplace}>
				{t("replace")}
			</Button>
			<IconButton label={t("takeAway")} onClick={onRemove}>
				<X />
			</IconButton>
		</div>
	);
}
