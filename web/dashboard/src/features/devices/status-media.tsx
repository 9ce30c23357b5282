import { FileText } from "lucide-react";
import { useState } from "react";
import { base } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Player } from "@/ui/player";
import type { StatusUpdate } from "./status-groups";
import { statusWords } from "./status-words";

/** Where the file of a status update is. */
const fileOf = (one: StatusUpdate) => `${base}/devices/${one.device_id}/status-updates/${one.id}/media`;

/** The picture, video or sound of a status update; of anything else a way to have the file. */
export function StatusMedia({ one }: { one: StatusUpdate }) {
	const t = useWords(statusWords);
	const [broken, setBroken] = useState(false);
	const { kind, media, text } = one.content;
	if (!media) return kind === "text" ? null : <p className="text-soft text-sm italic">{t("other")}</p>;
	const look = "max-h-80 max-w-full rounded-lg bg-sunken object-contain";
	const poster = media.thumbnail ? `data:image/jpeg;base64,${media.thumbnail}` : undefined;
	if (!broken && (kind === "image" || kind === "sticker"))
		return (
			<a href={fileOf(one)} target="_blank" rel="noreferrer" className="self-start rounded-lg">
				<img
					src={`${fileOf(one)}?show=true`}
					alt={text || t("picture")}
					width={media.width}
					height={media.height}
					loading="lazy"
					decoding="async"
					onError={() => setBroken(true)}
					className={`${look} h-auto`}
				/>
			</a>
		);
	if (!broken && kind === "video")
		return (
			// biome-ignore lint/a11y/useMediaCaption: what people send has none
			<video
				src={fileOf(one)}
				poster={poster}
				controls
				playsInline
				preload="none"
				aria-label={t("video")}
				onError={() => setBroken(true)}
				className={look}
			/>
		);
	if (kind === "voice" || kind === "audio")
		return <Player src={fileOf(one)} seconds={media.seconds} waveform={media.waveform} voice={kind === "voice"} />;
	return (
		<p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
			<FileText className="size-5 shrink-0 text-soft" aria-hidden />
			{broken && t("noFile")}
			<a href={fileOf(one)} download className="font-medium text-accent-ink underline underline-offset-4">
				{media.filename || t("download")}
			</a>
		</p>
	);
}
