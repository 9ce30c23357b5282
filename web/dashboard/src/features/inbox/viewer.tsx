import { useState } from "react";
import { useWords } from "@/lib/words";
import { Dialog } from "@/ui";
import { threadWords } from "./thread-words";

interface ViewerProps {
	src: string;
	/** Where it is downloaded; missing: at src. */
	file?: string;
	alt: string;
	as?: "image" | "video" | "audio";
	onClose: () => void;
}

/** A picture or video as large as the screen allows. */
export function Viewer({ src, file = src, alt, as = "image", onClose }: ViewerProps) {
	const t = useWords(threadWords);
	const [broken, setBroken] = useState(false);
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={<span className="line-clamp-1">{alt}</span>}
			className="md:w-fit md:min-w-96 md:max-w-[94vw]"
			actions={
				<a
					href={file}
					download
					className="inline-flex min-h-11 items-center font-medium text-accent-ink underline underline-offset-4"
				>
					{t("download")}
				</a>
			}
		>
			{broken ? (
				<p className="py-8 text-center text-soft">{t(as === "image" ? "noPicture" : "noFile")}</p>
			) : as === "image" ? (
				<img
					src={src}
					alt={alt}
					decoding="async"
					onError={() => setBroken(true)}
					className="mx-auto max-h-[70dvh] max-w-full object-contain"
				/>
			) : as === "video" ? (
				// biome-ignore lint/a11y/useMediaCaption: what people send has none
				<video
					src={src}
					controls
					autoPlay
					playsInline
					onError={() => setBroken(true)}
					className="mx-auto max-h-[70dvh] max-w-full"
				/>
			) : (
				// biome-ignore lint/a11y/useMediaCaption: what people send has none
				<audio src={src} controls autoPlay onError={() => setBroken(true)} className="w-full" />
			)}
		</Dialog>
	);
}
