import { Link } from "@tanstack/react-router";
import {
	Archive,
	ArrowLeft,
	BellOff,
	Bot,
	Check,
	Clock,
	EllipsisVertical,
	MailOpen,
	PanelRight,
	Pin,
	RotateCcw,
	Timer,
	UserRound,
} from "lucide-react";
import { useCan } from "@/app/me";
import { usePicture } from "@/app/picture";
import { phoneNumber, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Avatar, Button, DropdownMenu, IconButton, MenuItem, MenuLabel, MenuLine } from "@/ui";
import { useChatActions } from "./actions";
import { answers } from "./chats";
import { useContactPresence } from "./contact-presence";
import { type Chat, nameOf } from "./model";
import { useCounts, useDevices } from "./queries";
import { snoozes } from "./snooze";
import { threadWords } from "./thread-words";
import { useTyping } from "./typing";

interface HeadProps {
	chat: Chat;
	details: boolean;
	onDetails: () => void;
}

/** Who the chat is with, and what is done most. */
export function ThreadHead({ chat, details, onDetails }: HeadProps) {
	const t = useWords(threadWords);
	const can = useCan();
	const actions = useChatActions();
	const name = nameOf(chat.contact) || t("someone");
	return (
		<header className="flex min-h-16 items-center gap-2 border-line border-b bg-surface py-2 pr-2 pl-2 md:pl-4">
			<Link
				to="/inbox"
				aria-label={t("back")}
				className="inline-flex size-11 shrink-0 items-center justify-center rounded-md hover:bg-sunken md:hidden"
			>
				<ArrowLeft className="size-5" aria-hidden />
			</Link>
			<button
				type="button"
				onClick={onDetails}
				aria-expanded={details}
				className="flex min-w-0 flex-1 items-center gap-3 rounded-md text-left"
			>
				<Avatar name={name} id={chat.contact.id} src={usePicture(chat.contact.id)} />
				<span className="min-w-0">
					<span className="outside block truncate font-semibold">
						<bdi>{name}</bdi>
					</span>
					<Below chat={chat} />
				</span>
			</button>
			{can("chats.write") && <StatusButton chat={chat} />}
			<IconButton label={t("details")} aria-pressed={details} onClick={onDetails} className="max-md:hidden">
				<PanelRight />
			</IconButton>
			{can("chats.write") && (
				<DropdownMenu
					trigger={
						<IconButton label={t("more")}>
							<EllipsisVertical />
						</IconButton>
					}
				>
					<MenuItem icon={<UserRound />} onSelect={onDetails}>
						{t("details")}
					</MenuItem>
					<MenuItem
						icon={chat.turn === "bot" ? <UserRound /> : <Bot />}
						onSelect={() => void actions.turn(chat, chat.turn === "bot" ? "human" : "bot")}
					>
						{t(chat.turn === "bot" ? "takeOver" : "giveBack")}
					</MenuItem>
					<MenuItem icon={<MailOpen />} onSelect={() => void actions.markUnread(chat)}>
						{t("markUnread")}
					</MenuItem>
					<MenuItem icon={<Pin />} onSelect={() => void actions.pin(chat, !chat.pinned)}>
						{t(chat.pinned ? "unpin" : "pin")}
					</MenuItem>
					<MenuItem icon={<BellOff />} onSelect={() => void actions.mute(chat, chat.muted_until === 0 ? -1 : 0)}>
						{t(chat.muted_until === 0 ? "mute" : "unmute")}
					</MenuItem>
					<MenuItem icon={<Archive />} onSelect={() => void actions.archive(chat, !chat.archived)}>
						{t(chat.archived ? "unarchive" : "archive")}
					</MenuItem>
					{chat.status !== "resolved" && <Snoozes chat={chat} className="sm:hidden" />}
					{!chat.group && (
						<>
							<MenuLine />
							<MenuLabel>{t("timer")}</MenuLabel>
							{([0, 86400, 604800, 7776000] as const).map((seconds) => (
								<MenuItem
									key={seconds}
									icon={(chat.expires ?? 0) === seconds ? <Check /> : <Timer />}
									onSelect={() => void actions.timer(chat, seconds)}
								>
									{t(`timer_${seconds}`)}
								</MenuItem>
							))}
						</>
					)}
				</DropdownMenu>
			)}
		</header>
	);
}

const said = { bot: "turnBot", human: "turnHuman", waits: "turnWaits" } as const;

function Below({ chat }: { chat: Chat }) {
	const t = useWords(threadWords);
	const format = useFormat();
	const { data: devices } = useDevices();
	const { data: counts } = useCounts();
	const who = answers(chat, counts?.bot);
	const typing = useTyping(chat.id);
	const seen = useContactPresence(chat);
	if (typing) return <span className="block truncate text-good text-sm">{t("typing")}</span>;
	const device =
		devices && devices.items.length > 1 ? devices.items.find((d) => d.id === chat.device_id)?.name : undefined;
	const parts = [
		seen?.online ? t("online") : seen?.last_seen ? t("lastSeen", { time: format.brief(seen.last_seen) }) : "",
		chat.contact.name && chat.contact.phone ? phoneNumber(chat.contact.phone) : chat.group ? t("group") : "",
		who === "nobody" ? "" : t(said[who]),
		device,
	].filter(Boolean);
	return <span className="block truncate text-soft text-sm">{parts.join(" · ")}</span>;
}

function StatusButton({ chat }: { chat: Chat }) {
	const t = useWords(threadWords);
	const format = useFormat();
	const actions = useChatActions();
	if (chat.status === "resolved")
		return (
			<Button size="sm" className="max-md:h-11" onClick={() => void actions.open(chat)}>
				<RotateCcw />
				<span className="max-sm:sr-only">{t("reopen")}</span>
			</Button>
		);
	return (
		<>
			<DropdownMenu
				trigger={
					<IconButton
						label={chat.snoozed_until ? t("snoozedUntil", { time: format.brief(chat.snoozed_until) }) : t("snooze")}
						aria-pressed={chat.status === "snoozed"}
						className="max-sm:hidden"
					>
						<Clock className={chat.status === "snoozed" ? "text-warn" : undefined} />
					</IconButton>
				}
			>
				<Snoozes chat={chat} />
			</DropdownMenu>
			<Button
				size="sm"
				className="max-md:h-11 max-sm:w-11 max-sm:px-0"
				onClick={() => void actions.resolve(chat)}
				title={t("resolve")}
			>
				<Check />
				<span className="max-sm:sr-only">{t("resolve")}</span>
			</Button>
		</>
	);
}

function Snoozes({ chat, className }: { chat: Chat; className?: string }) {
	const t = useWords(threadWords);
	const format = useFormat();
	const actions = useChatActions();
	return (
		<div className={className}>
			<MenuLabel>{t("snooze")}</MenuLabel>
			{snoozes(Date.now()).map(({ name, at }) => (
				<MenuItem key={name} onSelect={() => void actions.snooze(chat, at)}>
					{t(name)} <span className="text-soft">· {name.startsWith("in") ? format.time(at) : format.date(at)}</span>
				</MenuItem>
			))}
			{chat.status === "snoozed" && <MenuItem onSelect={() => void actions.open(chat)}>{t("wakeNow")}</MenuItem>}
		</div>
	);
}
