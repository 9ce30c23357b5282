import { FileText, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Checkbox } from "@/ui";
import { threadWords } from "./thread-words";

interface TrayProps {
	files: File[];
	onFiles: (files: File[]) => void;
	once: boolean;
	onOnce: (once: boolean) => void;
}

/** The files that go with the next message. */
export function Tray({ files, onFiles, once, onOnce }: TrayProps) {
	const t = useWords(threadWords);
	if (files.length === 0) return null;
	return (
		<div className="mb-2 flex flex-col gap-2">
			<ul aria-label={t("files")} className="flex gap-2 overflow-x-auto pb-1">
				{files.map((file, i) => (
					<li
						// biome-ignore lint/suspicious/noArrayIndexKey: a file may be chosen twice, and has no name of its own
						key={i}
						className="relative flex w-40 shrink-0 items-center gap-2 rounded-md border border-line bg-sunken p-1.5 pr-8"
					>
						<Small file={file} />
						<Name file={file} />
						<button
							type="button"
							aria-label={t("removeFile", { name: file.name })}
							onClick={() => onFiles(files.filter((_, j) => j !== i))}
							className="absolute top-0 right-0 inline-flex size-9 items-center justify-center rounded-md text-soft hover:bg-surface"
						>
							<X className="size-4" aria-hidden />
						</button>
					</li>
				))}
			</ul>
			{files.some((file) => /^(image|video)\//.test(file.type)) && (
				<Checkbox label={t("once")} checked={once} onChange={onOnce} />
			)}
		</div>
	);
}

function Name({ file }: { file: File }) {
	const format = useFormat();
	return (
		<span className="min-w-0 text-xs">
			<span className="outside line-clamp-2">{file.name}</span>
			<span className="text-soft">{format.bytes(file.size)}</span>
		</span>
	);
}

function Small({ file }: { file: File }) {
	const [url, setUrl] = useState<string>();
	useEffect(() => {
		if (!file.type.startsWith("image/")) return;
		const made = URL.createObjectURL(file);
		setUrl(made);
		return () => URL.revokeObjectURL(made);
	}, [file]);
	if (url) return <img src={url} alt="" className="size-11 shrink-0 rounded-sm object-cover" />;
	return <FileText className="size-8 shrink-0 text-soft" aria-hidden />;
}
