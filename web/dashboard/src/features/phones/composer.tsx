import {
	BarChart3,
	Contact,
	FileAudio,
	MapPin,
	Mic,
	Paperclip,
	Pencil,
	Plus,
	Reply,
	SendHorizontal,
	X,
} from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, Suspense, useEffect, useRef, useState } from "react";
import { useFormat } from "@/lib/format";
import { lazily } from "@/lib/lazily";
import { at, onNetwork, type Phone } from "@/lib/phones/network";
import { useWords } from "@/lib/words";
import { DropdownMenu, IconButton, LateIconButton, MenuItem, toast } from "@/ui";
import type { About } from "./chat-screen";
import { chatWords } from "./chat-words";
import { samples } from "./samples";
import { base64, kindOf, largest, type Out, type useSend } from "./sending";

const Recorder = lazily(() => import("./recorder"));

interface ComposerProps {
	phone: Phone;
	chat: string;
	about?: About;
	onAbout: (about: About | undefined) => void;
	sending: ReturnType<typeof useSend>;
}

/** Where one writes as the phone's owner. */
export function Composer({ phone, chat, about, onAbout, sending }: ComposerProps) {
	const t = useWords(chatWords);
	const format = useFormat();
	const [text, setText] = useState("");
	const [recording, setRecording] = useState(false);
	const input = useRef<HTMLTextAreaElement>(null);
	const files = useRef<HTMLInputElement>(null);
	const sounds = useRef<HTMLInputElement>(null);
	const tell = useTellTyping(phone.number, chat);
	useEffect(() => {
		if (!about) return;
		if (about.edit) setText(about.line.message.text);
		input.current?.focus();
	}, [about]);
	useEffect(() => {
		if (window.matchMedia("(pointer: fine)").matches) input.current?.focus();
	}, []);
	const reply = about && !about.edit ? { reply_to: about.line.message.id } : {};
	const say = (out: Out) => {
		sending.send({ ...out, ...reply });
		onAbout(undefined);
	};
	const send = () => {
		const body = text.trim();
		if (!body) return;
		tell("");
		setText("");
		if (!about?.edit) return say({ text: body });
		if (body !== about.line.message.text) sending.send({ edit: { id: about.line.message.id, text: body } });
		onAbout(undefined);
	};
	const attach = async (list: Iterable<File>, voice: boolean) => {
		for (const file of list) {
			const type = voice ? "voice" : kindOf(file.type);
			const limit = type === "document" ? largest.document : largest.media;
			if (file.size > limit) {
				toast(t("tooLarge", { size: format.bytes(limit) }), { kind: "bad" });
				continue;
			}
			try {
				const media = {
					type,
					mime: file.type || "application/octet-stream",
					data: await base64(file),
					filename: file.name,
				};
				const caption = text.trim();
				say({ media: caption && !voice ? { ...media, caption } : media });
				setText("");
			} catch {
				toast(t("unread"), { kind: "bad" });
			}
		}
	};
	const onKeyDown = (e: KeyboardEvent) => {
		if (e.nativeEvent.isComposing) return;
		if (e.key === "Enter" && !e.shiftKey) {
			e.preventDefault();
			send();
		}
		if (e.key === "Escape" && about) drop();
	};
	const onPaste = (e: ClipboardEvent) => {
		if (e.clipboardData.files.length === 0) return;
		e.preventDefault();
		void attach([...e.clipboardData.files], false);
	};
	const drop = () => {
		if (about?.edit) setText("");
		onAbout(undefined);
	};
	if (recording)
		return (
			<Suspense>
				<Recorder onVoice={(media) => say({ media })} onDone={() => setRecording(false)} />
			</Suspense>
		);
	return (
		<div className="shrink-0 border-line border-t bg-surface px-1.5 py-1.5">
			{about && (
				<div className="mb-1.5 flex items-center gap-2 rounded-md border-accent border-l-3 bg-sunken pl-2.5 text-sm [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-accent">
					{about.edit ? <Pencil aria-hidden /> : <Reply aria-hidden />}
					<div className="min-w-0 flex-1">
						<p className="font-medium text-accent-ink">{t(about.edit ? "editing" : "replying")}</p>
						<p className="outside truncate text-soft">{about.line.message.text || t("aMessage")}</p>
					</div>
					<IconButton label={t("cancel")} onClick={drop}>
						<X />
					</IconButton>
				</div>
			)}
			<div className="flex items-end gap-0.5">
				<input
					ref={files}
					type="file"
					multiple
					hidden
					onChange={(e) => {
						void attach([...(e.target.files ?? [])], false);
						e.target.value = "";
					}}
				/>
				<input
					ref={sounds}
					type="file"
					accept="audio/*"
					hidden
					onChange={(e) => {
						void attach([...(e.target.files ?? [])], true);
						e.target.value = "";
					}}
				/>
				<DropdownMenu
					side="top"
					align="start"
					trigger={
						<button
							type="button"
							aria-label={t("attach")}
							className="inline-flex size-11 shrink-0 items-center justify-center rounded-md hover:bg-sunken"
						>
							<Plus className="size-5" aria-hidden />
						</button>
					}
				>
					<MenuItem icon={<Paperclip />} onSelect={() => files.current?.click()}>
						{t("file")}
					</MenuItem>
					<MenuItem icon={<FileAudio />} onSelect={() => sounds.current?.click()}>
						{t("voiceFile")}
					</MenuItem>
					<MenuItem icon={<MapPin />} onSelect={() => say(samples().place)}>
						{t("place")}
					</MenuItem>
					<MenuItem icon={<BarChart3 />} onSelect={() => say(samples().poll)}>
						{t("poll")}
					</MenuItem>
					<MenuItem icon={<Contact />} onSelect={() => say(samples().card)}>
						{t("card")}
					</MenuItem>
				</DropdownMenu>
				<textarea
					ref={input}
					rows={1}
					dir="auto"
					value={text}
					maxLength={60_000}
					aria-label={t("write")}
					placeholder={t("writeHint")}
					onChange={(e) => {
						setText(e.target.value);
						tell(e.target.value);
					}}
					onKeyDown={onKeyDown}
					onPaste={onPaste}
					className="outside field-sizing-content max-h-32 min-h-11 min-w-0 flex-1 resize-none rounded-xl border border-line-strong bg-raised px-3 py-2.5 placeholder:text-soft max-md:text-base"
				/>
				{text.trim() ? (
					<IconButton label={t("send")} kind="main" onClick={send} className="size-11 rounded-full">
						<SendHorizontal />
					</IconButton>
				) : (
					<LateIconButton label={t("record")} onClick={() => setRecording(true)} className="size-11">
						<Mic />
					</LateIconButton>
				)}
			</div>
		</div>
	);
}

/** How often typing is told at most, and after what silence it is over, in milliseconds. */
const tellEvery = 4_000;
const silence = 6_000;

/** Lets the other side see that the phone's owner types. */
function useTellTyping(number: string, chat: string): (text: string) => void {
	const told = useRef(0);
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	useEffect(() => () => clearTimeout(timer.current), []);
	const post = (stop: boolean) => void onNetwork("POST", at(number, "/typing"), { chat, stop }).catch(() => undefined);
	const end = () => {
		if (told.current) post(true);
		told.current = 0;
	};
	return (text) => {
		clearTimeout(timer.current);
		if (!text.trim()) return end();
		timer.current = setTimeout(end, silence);
		if (Date.now() - told.current < tellEvery) return;
		told.current = Date.now();
		post(false);
	};
}
