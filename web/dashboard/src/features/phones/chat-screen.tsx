import { ArrowLeft } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useFormat } from "@/lib/format";
import { at, onNetwork, type Phone, type Sight } from "@/lib/phones/network";
import type { PhoneState } from "@/lib/phones/queries";
import { useWords } from "@/lib/words";
import { Avatar, Button, IconButton } from "@/ui";
import { Bubble, PendingBubble } from "./bubble";
import { Composer } from "./composer";
import { type Line, linesOf } from "./model";
import { useNames } from "./names";
import { usePending, useSend } from "./sending";
import { phonesWords } from "./words";

interface ChatScreenProps {
	phone: Phone;
	phones: Phone[];
	state: PhoneState;
	chat: string;
	onBack: () => void;
}

/** What the composer is about: a reply, or a text of this phone that is being changed. */
export interface About {
	line: Line;
	edit: boolean;
}

/** One chat as the phone has decrypted it. */
export function ChatScreen({ phone, phones, state, chat, onBack }: ChatScreenProps) {
	const t = useWords(phonesWords);
	const format = useFormat();
	const lines = useMemo(() => linesOf(state.messages, chat), [state.messages, chat]);
	const names = useNames(phone, phones, chat.endsWith("@g.us"));
	const name = names.name(chat);
	const have = useMemo(() => new Set(state.messages.map((m) => m.id)), [state.messages]);
	const waiting = usePending(phone.number, chat).filter((one) => !have.has(one.id));
	const [about, setAbout] = useState<About>();
	const sending = useSend(phone.number, chat);
	useRead(phone.number, chat, lines);
	return (
		<div className="flex min-h-0 flex-1 flex-col">
			<div className="flex shrink-0 items-center gap-2 border-line border-b py-1.5 pr-3 pl-1">
				<IconButton label={t("backToChats")} onClick={onBack}>
					<ArrowLeft />
				</IconButton>
				<Avatar name={name} id={chat} src={names.picture(chat)} className="size-9" />
				<div className="min-w-0 flex-1">
					<h3 className="outside truncate text-base leading-tight">{name}</h3>
					<Shown sight={state.seen[chat]} lines={lines} />
				</div>
			</div>
			{/* Turned around, it stays at its end by itself when something comes. */}
			<div className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto bg-sunken">
				<div
					role="log"
					// biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
					tabIndex={0}
					aria-label={t("messages", { name })}
					className="mt-auto flex flex-col gap-1.5 px-2.5 py-3"
				>
					{lines.length + waiting.length === 0 && (
						<div className="flex flex-col items-center gap-2 px-4 py-6 text-center">
							<p className="text-pretty text-soft text-sm">{t("sayFirst", { name })}</p>
							{(["try1", "try2", "try3"] as const).map((key) => (
								<Button
									key={key}
									size="sm"
									className="h-auto min-h-9 max-w-full whitespace-normal py-1.5 max-md:min-h-11"
									onClick={() => sending.send({ text: t(key) })}
								>
									{t(key)}
								</Button>
							))}
						</div>
					)}
					{lines.map((line, i) => (
						<div key={line.message.seq} className="contents">
							{format.day(line.message.timestamp_ms) !== dayBefore(lines, i, format.day) && (
								<p className="my-1 self-center rounded-full bg-surface px-3 py-0.5 text-soft text-xs">
									{format.day(line.message.timestamp_ms)}
								</p>
							)}
							<Bubble
								line={line}
								phone={phone}
								names={names}
								group={chat.endsWith("@g.us")}
								sending={sending}
								onAbout={setAbout}
							/>
						</div>
					))}
					{waiting.map((one) => (
						<PendingBubble key={one.id} pending={one} sending={sending} />
					))}
				</div>
			</div>
			<Composer phone={phone} chat={chat} about={about} onAbout={setAbout} sending={sending} />
		</div>
	);
}

function dayBefore(lines: Line[], i: number, day: (at: number) => string): string {
	const before = lines[i - 1];
	return before ? day(before.message.timestamp_ms) : "";
}

/** How long typing is shown when nobody says that it is over, in milliseconds. */
const typingTime = 15_000;

/** Below the name: that the other side types, or is there. */
function Shown({ sight, lines }: { sight?: Sight; lines: Line[] }) {
	const t = useWords(phonesWords);
	const [now, setNow] = useState(Date.now);
	const typing = sight && ["composing", "recording"].includes(sight.typing);
	const since = sight?.typing_ms ?? 0;
	useEffect(() => {
		setNow(Date.now());
		if (!since) return;
		const timer = setTimeout(() => setNow(Date.now()), typingTime);
		return () => clearTimeout(timer);
	}, [since]);
	// Whoever has sent what was typed types no more.
	const said = lines.findLast((line) => !line.message.from_me)?.message.timestamp_ms ?? 0;
	if (typing && now - since < typingTime && said < since)
		return (
			<p className="text-accent-ink text-sm leading-tight" data-typing>
				{t(sight.typing === "recording" ? "recordingVoice" : "typing")}
			</p>
		);
	return sight?.online ? <p className="text-soft text-sm leading-tight">{t("online")}</p> : null;
}

/** What is on the screen has been read. */
function useRead(number: string, chat: string, lines: Line[]) {
	const newest = lines.findLast((line) => !line.message.from_me && line.message.status === "received")?.message.seq;
	useEffect(() => {
		if (newest === undefined) return;
		const read = () => {
			if (!document.hidden) void onNetwork("POST", at(number, "/read"), { chat }).catch(() => undefined);
		};
		read();
		document.addEventListener("visibilitychange", read);
		return () => document.removeEventListener("visibilitychange", read);
	}, [number, chat, newest]);
}
