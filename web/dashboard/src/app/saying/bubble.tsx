import { FileText } from "lucide-react";
import { useMemo } from "react";
import { piecesOf } from "@/lib/rich-text";
import { useWords } from "@/lib/words";
import { cn } from "@/ui";
import { RichText } from "@/ui/rich-text";
import { addressOf, useFile } from "./files";
import { sayingWords } from "./words";

interface BubbleProps {
	text: string;
	fileId?: string;
	/** Where there is no file to show: its name or its kind. */
	fileName?: string;
	/** Of the customer: on the left. */
	theirs?: boolean;
}

/** A message as the customer's phone shows it. */
export function SaidBubble({ text, fileId, fileName, theirs }: BubbleProps) {
	const pieces = useMemo(() => piecesOf(text), [text]);
	return (
		<div
			className={cn(
				"max-w-[88%] min-w-12 rounded-xl px-3 py-1.5 text-[0.9375rem]",
				theirs ? "self-start rounded-tl-sm border border-line bg-surface" : "self-end rounded-tr-sm bg-accent-soft",
			)}
		>
			{fileId && <File id={fileId} />}
			{!fileId && fileName && <Document name={fileName} />}
			{text && (
				<p dir="auto" className={cn("outside whitespace-pre-wrap", fileId && "max-w-80")}>
					<RichText pieces={pieces} />
				</p>
			)}
		</div>
	);
}

function File({ id }: { id: string }) {
	const t = useWords(sayingWords);
	const { data: file } = useFile(id);
	if (file?.mime.startsWith("image/"))
		return (
			<img
				src={addressOf(id)}
				alt={file.filename || t("asPicture")}
				className="mb-1 max-h-56 rounded-md object-cover"
			/>
		);
	if (file?.mime.startsWith("video/"))
		// biome-ignore lint/a11y/useMediaCaption: it is the shop's own file
		return <video src={addressOf(id)} controls preload="metadata" className="mb-1 max-h-56 rounded-md" />;
	if (file?.mime.startsWith("audio/"))
		// biome-ignore lint/a11y/useMediaCaption: it is the shop's own file
		return <audio src={addressOf(id)} controls preload="metadata" className="mb-1 w-full max-w-60" />;
	return <Document name={file?.filename || t("attached")} />;
}

function Document({ name }: { name: string }) {
	return (
		<p className="mb-1 flex min-w-0 items-center gap-2 rounded-md bg-sunken px-2.5 py-2 text-sm">
			<FileText className="size-4.5 shrink-0" aria-hidden />
			<span className="outside min-w-0 truncate">{name}</span>
		</p>
	);
}
