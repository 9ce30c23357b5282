import { Download, EyeOff, FileText, Film, MapPin, Phone } from "lucide-react";
import { useState } from "react";
import { base, type Schema } from "@/lib/api/client";
import { phoneNumber, useFormat } from "@/lib/format";
import { safeLink } from "@/lib/rich-text";
import { cardOf } from "@/lib/vcard";
import { useWords } from "@/lib/words";
import { Avatar, Button, cn } from "@/ui";
import { Player } from "@/ui/player";
import type { Media, Message } from "./model";
import { Poll } from "./poll";
import { threadWords } from "./thread-words";
import { Viewer } from "./viewer";

/** Where the bytes of a message's file are. */
export function fileOf(message: Message): string {
	return `${base}/messages/${message.id}/media`;
}

/** Where a picture is that may be drawn: the server keeps back one that would take the browser's memory. */
function pictureOf(message: Message): string {
	return `${fileOf(message)}?show=true`;
}

/** How many cards of one message are drawn before somebody asks for the rest. */
const fewCards = 5;

/** What a message carries beside its text. */
export default function Parts({ message }: { message: Message }) {
	const { kind, media, location, contacts, poll } = message.content;
	if (poll) return <Poll message={message} poll={poll} />;
	if (location) return <Place message={message} />;
	if (contacts) return <Cards contacts={contacts} />;
	if (!media) return null;
	if (media.view_once && !message.from_me) return <Once message={message} media={media} />;
	if (kind === "voice" || kind === "audio")
		return <Player src={fileOf(message)} seconds={media.seconds} waveform={media.waveform} voice={kind === "voice"} />;
	if (kind === "video") return <Video message={message} media={media} />;
	if (kind === "image") return <Picture message={message} media={media} />;
	if (kind === "sticker") return <Sticker message={message} />;
	return <Document message={message} media={media} />;
}

/** The box of a picture, from what is known of its size: it is not resized when it comes, and never larger than the bubble. */
function boxOf(media: Media): { width: number; aspectRatio: string } {
	const [w, h] = [media.width || 4, media.height || 3];
	const ratio = Math.min(Math.max(w / h, 0.6), 2.2);
	return { width: ratio >= 1 ? 320 : 240, aspectRatio: String(ratio) };
}

function thumbnail(media: Media): string | undefined {
	return media.thumbnail ? `data:image/jpeg;base64,${media.thumbnail}` : undefined;
}

function Missing({ label }: { label: string }) {
	return <p className="flex min-h-16 items-center justify-center p-3 text-center text-soft text-sm">{label}</p>;
}

function Picture({ message, media }: { message: Message; media: Media }) {
	const t = useWords(threadWords);
	const [open, setOpen] = useState(false);
	const [broken, setBroken] = useState(false);
	const small = thumbnail(media);
	return (
		<>
			<button
				type="button"
				aria-label={t("openPicture")}
				onClick={() => setOpen(true)}
				className="relative my-1 block max-w-full overflow-hidden rounded-lg bg-sunken"
				style={boxOf(media)}
			>
				{small && <img src={small} alt="" className="absolute inset-0 size-full scale-105 object-cover blur-sm" />}
				{broken ? (
					<Missing label={t("noPicture")} />
				) : (
					<img
						src={pictureOf(message)}
						alt={message.content.text || t("picture")}
						loading="lazy"
						decoding="async"
						onError={() => setBroken(true)}
						className="absolute inset-0 size-full object-cover"
					/>
				)}
			</button>
			{open && (
				<Viewer
					src={pictureOf(message)}
					file={fileOf(message)}
					alt={message.content.text || t("picture")}
					onClose={() => setOpen(false)}
				/>
			)}
		</>
	);
}

function Video({ message, media }: { message: Message; media: Media }) {
	const t = useWords(threadWords);
	const [broken, setBroken] = useState(false);
	if (broken) return <Document message={message} media={media} />;
	return (
		<video
			controls={!media.gif}
			autoPlay={media.gif}
			loop={media.gif}
			muted={media.gif}
			playsInline
			preload={media.gif ? "auto" : "metadata"}
			poster={thumbnail(media)}
			src={fileOf(message)}
			aria-label={t("video")}
			onError={() => setBroken(true)}
			className={cn("my-1 max-w-full bg-sunken object-cover", media.note ? "aspect-square rounded-full" : "rounded-lg")}
			style={media.note ? { width: 220 } : boxOf(media)}
		/>
	);
}

function Sticker({ message }: { message: Message }) {
	const t = useWords(threadWords);
	const [broken, setBroken] = useState(false);
	if (broken) return <Missing label={t("noPicture")} />;
	return (
		<img
			src={pictureOf(message)}
			alt={t("sticker")}
			loading="lazy"
			decoding="async"
			onError={() => setBroken(true)}
			className="my-1 size-36 object-contain"
		/>
	);
}

function Document({ message, media }: { message: Message; media: Media }) {
	const t = useWords(threadWords);
	const format = useFormat();
	const name = media.filename || t("document");
	const Icon = media.mime?.startsWith("video/") ? Film : FileText;
	return (
		<a
			href={fileOf(message)}
			download={name}
			className="my-1 flex w-72 max-w-full items-center gap-3 rounded-lg bg-sunken p-2.5"
		>
			<span className="inline-flex size-10 shrink-0 items-center justify-center rounded-md bg-accent-soft text-accent-ink">
				<Icon className="size-5" aria-hidden />
			</span>
			<span className="min-w-0 flex-1">
				<span className="outside line-clamp-2 font-medium text-sm">{name}</span>
				<span className="block truncate text-soft text-xs">
					{[media.size ? format.bytes(media.size) : "", media.mime].filter(Boolean).join(" · ")}
				</span>
			</span>
			<Download className="size-5 shrink-0 text-soft" aria-label={t("download")} />
		</a>
	);
}

/** What may be looked at once: the bytes come when somebody wants to see them, and are not kept. */
function Once({ message, media }: { message: Message; media: Media }) {
	const t = useWords(threadWords);
	const [open, setOpen] = useState(false);
	const [gone, setGone] = useState(Boolean(media.opened));
	const sound = message.content.kind === "voice" || message.content.kind === "audio";
	if (gone && !open)
		return (
			<p className="my-1 flex items-center gap-2 text-soft italic">
				<EyeOff className="size-4" aria-hidden />
				{t("onceOpened")}
			</p>
		);
	return (
		<>
			<Button className="my-1" onClick={() => setOpen(true)}>
				<EyeOff />
				{t(sound ? "onceListen" : "onceLook")}
			</Button>
			{open && (
				<Viewer
					src={fileOf(message)}
					alt={t("picture")}
					as={sound ? "audio" : message.content.kind === "video" ? "video" : "image"}
					onClose={() => {
						setOpen(false);
						setGone(true);
					}}
				/>
			)}
		</>
	);
}

/** A place without anybody's map: its name, and where it is; following it is the reader's own choice. */
function Place({ message }: { message: Message }) {
	const t = useWords(threadWords);
	const place = message.content.location;
	if (!place) return null;
	const at = `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;
	const href = safeLink(
		`https://www.openstreetmap.org/?mlat=${place.latitude}&mlon=${place.longitude}#map=17/${place.latitude}/${place.longitude}`,
	);
	return (
		<div className="my-1 w-72 max-w-full overflow-hidden rounded-lg bg-sunken">
			<div className="place-grid relative flex h-24 items-center justify-center">
				<MapPin className="size-9 text-bad" aria-hidden />
			</div>
			<div className="p-2.5 text-sm">
				<p className="outside line-clamp-3 font-medium">
					{place.name || message.content.text || t(place.live ? "livePlace" : "place")}
				</p>
				{place.address && <p className="outside line-clamp-3 text-soft">{place.address}</p>}
				<p className="text-soft tabular-nums">{at}</p>
				<a
					href={href}
					target="_blank"
					rel="noopener noreferrer"
					className="inline-flex min-h-9 items-center font-medium text-accent-ink underline underline-offset-4"
				>
					{t("openMap")}
				</a>
			</div>
		</div>
	);
}

function Cards({ contacts }: { contacts: Schema["DeviceCard"][] }) {
	const t = useWords(threadWords);
	const [all, setAll] = useState(false);
	return (
		<>
			{contacts.slice(0, all ? undefined : fewCards).map((card, i) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: the cards of a message don't move
				<Card key={i} vcard={card.vcard} name={card.name} />
			))}
			{!all && contacts.length > fewCards && (
				<Button size="sm" className="my-1 max-md:h-11" onClick={() => setAll(true)}>
					{t("allCards", { n: contacts.length })}
				</Button>
			)}
		</>
	);
}

function Card({ name, vcard }: { name: string; vcard: string }) {
	const t = useWords(threadWords);
	const card = cardOf(vcard);
	const shown = card.name || name;
	return (
		<div className="my-1 flex w-72 max-w-full items-center gap-3 rounded-lg bg-sunken p-2.5">
			<Avatar name={shown} />
			<div className="min-w-0">
				<p className="outside truncate font-medium">
					<bdi>{shown}</bdi>
				</p>
				{card.phones.map((phone) => (
					<p key={phone} className="flex items-center gap-1 text-sm text-soft tabular-nums">
						<Phone className="size-3.5 shrink-0" aria-hidden />
						<a href={`tel:+${phone}`} className="truncate">
							{phoneNumber(phone)}
						</a>
					</p>
				))}
				{card.more > 0 && <p className="text-soft text-sm">{t("moreNumbers", { count: card.more })}</p>}
			</div>
		</div>
	);
}
