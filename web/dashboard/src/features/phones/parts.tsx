import { Check, Download, EyeOff, FileText, MapPin } from "lucide-react";
import { type ReactNode, useState } from "react";
import { phoneNumber, useFormat } from "@/lib/format";
import { at, onNetwork, type Phone, type PhoneMessage, phoneFile } from "@/lib/phones/network";
import { cardOf } from "@/lib/vcard";
import { useWords } from "@/lib/words";
import { Avatar, cn, Dialog } from "@/ui";
import { Player } from "@/ui/player";
import { chatWords } from "./chat-words";
import type { Line } from "./model";
import type { useSend } from "./sending";

interface PartsProps {
	line: Line;
	phone: Phone;
	sending: ReturnType<typeof useSend>;
}

/** What a message carries beside its text, as a phone draws it. */
export function Parts({ line, phone, sending }: PartsProps) {
	const { message } = line;
	const src = phoneFile(phone.number, message.id);
	switch (message.type) {
		case "image":
			return <Picture message={message} src={src} />;
		case "sticker":
			return <Sticker src={src} />;
		case "video":
			return <Film message={message} src={src} />;
		case "voice":
		case "audio":
			return (
				<Player
					src={src}
					seconds={message.seconds}
					waveform={message.waveform}
					voice={message.type === "voice"}
					onPlay={() => {
						if (!message.from_me)
							void onNetwork("POST", at(phone.number, `/messages/${message.id}/play`), {}).catch(() => undefined);
					}}
				/>
			);
		case "document":
			return <Paper message={message} src={src} />;
		case "location":
			return <Place message={message} />;
		case "contact":
			return <Cards message={message} />;
		case "poll":
			return <Poll line={line} phone={phone} sending={sending} />;
		default:
			return null;
	}
}

interface FileProps {
	message: PhoneMessage;
	src: string;
}

function Missing() {
	const t = useWords(chatWords);
	return <p className="my-1 rounded-md bg-sunken px-3 py-6 text-center text-soft text-sm">{t("noFile")}</p>;
}

function Once({ children, message }: { children: ReactNode; message: PhoneMessage }) {
	const t = useWords(chatWords);
	return (
		<>
			{children}
			{message.view_once && (
				<p className="flex items-center gap-1 text-soft text-xs">
					<EyeOff className="size-3.5" aria-hidden />
					{t("once")}
				</p>
			)}
		</>
	);
}

function Picture({ message, src }: FileProps) {
	const t = useWords(chatWords);
	const [open, setOpen] = useState(false);
	const [broken, setBroken] = useState(false);
	const alt = message.text || t("picture");
	if (broken) return <Missing />;
	return (
		<Once message={message}>
			<button
				type="button"
				aria-label={t("openPicture")}
				onClick={() => setOpen(true)}
				className="my-1 block h-44 w-60 max-w-full overflow-hidden rounded-lg bg-sunken"
			>
				<img
					src={src}
					alt={alt}
					loading="lazy"
					decoding="async"
					onError={() => setBroken(true)}
					className="size-full object-cover"
				/>
			</button>
			{open && (
				<Dialog
					open
					onOpenChange={setOpen}
					title={<span className="line-clamp-1">{alt}</span>}
					className="md:w-fit md:min-w-96 md:max-w-[94vw]"
				>
					<img src={src} alt={alt} decoding="async" className="mx-auto max-h-[70dvh] max-w-full object-contain" />
				</Dialog>
			)}
		</Once>
	);
}

function Sticker({ src }: { src: string }) {
	const t = useWords(chatWords);
	const [broken, setBroken] = useState(false);
	if (broken) return <Missing />;
	return (
		<img
			src={src}
			alt={t("sticker")}
			loading="lazy"
			decoding="async"
			onError={() => setBroken(true)}
			className="my-1 size-32 object-contain"
		/>
	);
}

function Film({ message, src }: FileProps) {
	const t = useWords(chatWords);
	const [broken, setBroken] = useState(false);
	if (broken) return <Paper message={message} src={src} />;
	return (
		<Once message={message}>
			<video
				controls={!message.gif}
				autoPlay={message.gif}
				loop={message.gif}
				muted={message.gif}
				playsInline
				preload="metadata"
				src={src}
				aria-label={t("video")}
				onError={() => setBroken(true)}
				className="my-1 max-h-64 w-60 max-w-full rounded-lg bg-sunken"
			/>
		</Once>
	);
}

function Paper({ message, src }: FileProps) {
	const t = useWords(chatWords);
	const format = useFormat();
	const name = message.filename || t("document");
	return (
		<a
			href={src}
			download={name}
			className="my-1 mr-5 flex w-60 max-w-full items-center gap-2.5 rounded-lg bg-sunken p-2"
		>
			<FileText className="size-6 shrink-0 text-accent-ink" aria-hidden />
			<span className="min-w-0 flex-1">
				<span className="outside line-clamp-2 font-medium text-sm">{name}</span>
				{message.size && <span className="block text-soft text-xs">{format.bytes(message.size)}</span>}
			</span>
			<Download className="size-4.5 shrink-0 text-soft" aria-label={t("download")} />
		</a>
	);
}

function Place({ message }: { message: PhoneMessage }) {
	const t = useWords(chatWords);
	const place = message.location;
	return (
		<div className="my-1 w-60 max-w-full overflow-hidden rounded-lg bg-sunken">
			<div className="place-grid flex h-20 items-center justify-center">
				<MapPin className="size-8 text-bad" aria-hidden />
			</div>
			<div className="p-2 text-sm">
				<p className="outside line-clamp-3 font-medium">{place?.name || message.text || t("location")}</p>
				{place?.address && <p className="outside line-clamp-3 text-soft">{place.address}</p>}
				{place && (
					<p className="text-soft tabular-nums">
						{place.latitude.toFixed(4)}, {place.longitude.toFixed(4)}
					</p>
				)}
			</div>
		</div>
	);
}

/** How many cards of one message are drawn. */
const mostCards = 10;

function Cards({ message }: { message: PhoneMessage }) {
	const t = useWords(chatWords);
	return message.contacts?.slice(0, mostCards).map((card, i) => {
		const info = cardOf(card.vcard);
		const name = info.name || card.name;
		return (
			// biome-ignore lint/suspicious/noArrayIndexKey: the cards of a message don't move
			<div key={i} className="my-1 flex w-60 max-w-full items-center gap-2.5 rounded-lg bg-sunken p-2">
				<Avatar name={name} className="size-9" />
				<div className="min-w-0">
					<p className="outside truncate font-medium text-sm">{name}</p>
					{info.phones.map((one) => (
						<p key={one} className="text-soft text-sm tabular-nums">
							{phoneNumber(one)}
						</p>
					))}
					{info.more > 0 && <p className="text-soft text-sm">{t("moreNumbers", { count: info.more })}</p>}
				</div>
			</div>
		);
	});
}

function Poll({ line, phone, sending }: PartsProps) {
	const t = useWords(chatWords);
	const poll = line.message.poll;
	if (!poll) return null;
	const mine = line.votes[phone.number] ?? [];
	const all = Object.values(line.votes);
	const one = poll.selectable === 1;
	const choose = (option: string) => {
		const rest = mine.filter((o) => o !== option);
		const options = mine.includes(option) ? rest : one ? [option] : [...rest, option];
		sending.send({ vote: { poll: line.message.id, options } });
	};
	return (
		<fieldset className="my-1 w-60 max-w-full">
			<legend className="pr-6 font-semibold">
				<span className="outside line-clamp-8">{poll.question}</span>
			</legend>
			<p className="text-soft text-xs">{t(one ? "pollOne" : "pollMany")}</p>
			{poll.options.map((option, i) => {
				const chosen = mine.includes(option);
				const count = all.filter((options) => options.includes(option)).length;
				return (
					<button
						// biome-ignore lint/suspicious/noArrayIndexKey: options don't move, and two may be alike
						key={i}
						type="button"
						aria-pressed={chosen}
						onClick={() => choose(option)}
						className="flex min-h-11 w-full items-center gap-2 rounded-md px-1 text-left hover:bg-sunken md:min-h-9"
					>
						<span
							className={cn(
								"inline-flex size-5 shrink-0 items-center justify-center rounded-full border",
								chosen ? "border-accent bg-accent text-on-accent" : "border-line-strong",
							)}
						>
							{chosen && <Check className="size-3.5" aria-hidden />}
						</span>
						<span className="outside min-w-0 flex-1">{option}</span>
						<span className="text-soft text-sm tabular-nums">
							<span aria-hidden>{count}</span>
							<span className="sr-only">{t("votes", { count })}</span>
						</span>
					</button>
				);
			})}
		</fieldset>
	);
}
