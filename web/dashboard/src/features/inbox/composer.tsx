import { useQueryClient } from "@tanstack/react-query";
import { Mic, Pencil, Plus, Reply, SendHorizontal, Smile, StickyNote, X } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { useCan } from "@/app/me";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { IconButton, LateIconButton, Popover } from "@/ui";
import { Answering } from "./answering";
import { deskWords } from "./desk-words";
import { gapIn } from "./fill";
import { LaterButton, ScheduledList } from "./later-bar";
import { useMessageActions } from "./message-actions";
import type { Chat, Message } from "./model";
import { setNoting, useNoting } from "./noting";
import { writeAll } from "./outgoing";
import { clearReply, useReply } from "./reply";
import { restyle, type Style, styleOfKey } from "./text-style";
import { threadWords } from "./thread-words";
import { Tray } from "./tray";
import { useDraft } from "./use-draft";
import { useTellTyping } from "./use-tell-typing";
import { arrivedWalking } from "./walking";

const EmojiPicker = lazily(() => import("./emoji-picker"));
const Canned = lazily(() => import("./canned"));
const Recorder = lazily(() => import("./recorder"));
const NoteComposer = lazily(() => import("./note-composer"));
const Later = lazily(() => import("./later"));
const StyleBar = lazily(() => import("./style-bar").then((m) => ({ default: m.StyleBar })));

/** The longest text that networks take, in characters. */
const longest = 60_000;

interface ComposerProps {
	chat: Chat;
	files: File[];
	onFiles: (files: File[]) => void;
	/** A text of ours that is being changed. */
	editing?: Message;
	onEdited: () => void;
}

/** Where one writes: Enter sends, Shift+Enter begins a line, / finds what is kept ready. */
export function Composer({ chat, files, onFiles, editing, onEdited }: ComposerProps) {
	const t = useWords(threadWords);
	const desk = useWords(deskWords);
	const can = useCan();
	const client = useQueryClient();
	const actions = useMessageActions();
	const [draft, setDraft] = useDraft(chat.id);
	const [edited, setEdited] = useState("");
	const text = editing ? edited : draft;
	const [once, setOnce] = useState(false);
	const [recording, setRecording] = useState(false);
	const [noting, setNewNote] = useState(false);
	const changed = useNoting(chat.id);
	const [later, setLater] = useState(false);
	const [emoji, setEmoji] = useState(false);
	const [chosen, setChosen] = useState(false);
	const [ready, setReady] = useState<{ fileId: string; name: string }>();
	const input = useRef<HTMLTextAreaElement>(null);
	const picker = useRef<HTMLInputElement>(null);
	const reply = useReply(chat.id);
	const tell = useTellTyping(chat.id);
	useEffect(() => {
		if (!editing) return;
		setEdited(editing.content.text ?? "");
		input.current?.focus();
	}, [editing]);
	useEffect(() => {
		if (!arrivedWalking(chat.id) && window.matchMedia("(pointer: fine)").matches) input.current?.focus();
	}, [chat.id]);

	const change = (next: string) => {
		if (editing) return setEdited(next);
		setDraft(next);
		tell(next.trim() !== "");
	};
	const empty = !text.trim() && files.length === 0 && !ready;
	const send = () => {
		const body = text.trim();
		if (editing) {
			if (body && body !== editing.content.text) void actions.edit(editing, body);
			return onEdited();
		}
		if (empty) return;
		writeAll(client, chat.id, { text: body, replyTo: reply?.id, ready: ready?.fileId, files, once });
		change("");
		setReady(undefined);
		setOnce(false);
		onFiles([]);
		clearReply(chat.id);
		input.current?.focus();
	};
	const insert = (piece: string) => {
		const at = input.current;
		const from = at?.selectionStart ?? text.length;
		change(text.slice(0, from) + piece + text.slice(at?.selectionEnd ?? from));
		requestAnimationFrame(() => at?.setSelectionRange(from + piece.length, from + piece.length));
	};
	const style = (how: Style) => {
		const at = input.current;
		if (!at) return;
		const next = restyle({ text, from: at.selectionStart, to: at.selectionEnd }, how);
		change(next.text);
		requestAnimationFrame(() => at.setSelectionRange(next.from, next.to));
	};
	const onKeyDown = (e: KeyboardEvent) => {
		if (e.nativeEvent.isComposing) return;
		const how = (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey ? styleOfKey(e.key) : undefined;
		if (how) {
			e.preventDefault();
			style(how);
		}
		if (e.key === "Enter" && !e.shiftKey && !e.defaultPrevented) {
			e.preventDefault();
			send();
		}
		if (e.key === "Escape") {
			if (editing) onEdited();
			else if (reply) clearReply(chat.id);
			else input.current?.blur();
		}
	};
	const onPaste = (e: ClipboardEvent) => {
		const pasted = [...e.clipboardData.files];
		if (pasted.length === 0 || editing) return;
		e.preventDefault();
		onFiles([...files, ...pasted]);
	};
	const slash = !editing && /^\/\S*$/.test(text) ? text.slice(1) : undefined;

	if (noting || changed)
		return (
			<Suspense>
				<NoteComposer
					key={changed?.id}
					chat={chat.id}
					note={changed}
					onDone={() => {
						setNewNote(false);
						setNoting(undefined);
					}}
				/>
			</Suspense>
		);
	if (recording)
		return (
			<Suspense>
				<Recorder
					chat={chat.id}
					replyTo={reply?.id}
					onDone={() => {
						setRecording(false);
						clearReply(chat.id);
					}}
				/>
			</Suspense>
		);
	return (
		<div className="relative shrink-0 border-line border-t bg-surface px-2 py-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] md:px-4">
			{slash !== undefined && (
				<Suspense>
					<Canned
						search={slash}
						chat={chat}
						onPick={(body, file) => {
							change(body);
							setReady(file);
							const at = input.current;
							at?.focus();
							const gap = gapIn(body);
							if (gap) requestAnimationFrame(() => at?.setSelectionRange(...gap));
						}}
						onClose={() => change("")}
					/>
				</Suspense>
			)}
			{editing && <Strip icon={<Pencil />} title={t("editing")} text={editing.content.text ?? ""} onClose={onEdited} />}
			{!editing && reply && (
				<Strip
					icon={<Reply />}
					title={t("replying")}
					text={reply.content.text || reply.content.media?.filename || t("aMessage")}
					onClose={() => clearReply(chat.id)}
				/>
			)}
			{ready && <Strip icon={<Plus />} title={t("withFile")} text={ready.name} onClose={() => setReady(undefined)} />}
			<ScheduledList chat={chat.id} />
			{later && (
				<Suspense>
					<Later
						chat={chat.id}
						said={{ text: text.trim(), reply_to: reply?.id }}
						onClose={() => setLater(false)}
						onDone={() => {
							setLater(false);
							change("");
							clearReply(chat.id);
						}}
					/>
				</Suspense>
			)}
			<Answering chat={chat} />
			{chosen && (
				<Suspense>
					<StyleBar onStyle={style} />
				</Suspense>
			)}
			<Tray files={files} onFiles={onFiles} once={once} onOnce={setOnce} />
			<div className="flex items-end gap-1">
				<input
					ref={picker}
					type="file"
					multiple
					hidden
					onChange={(e) => {
						onFiles([...files, ...(e.target.files ?? [])]);
						e.target.value = "";
					}}
				/>
				{!editing && (
					<IconButton label={t("attach")} onClick={() => picker.current?.click()}>
						<Plus />
					</IconButton>
				)}
				<Popover
					open={emoji}
					onOpenChange={setEmoji}
					align="start"
					side="top"
					className="w-80 max-w-[calc(100vw-1rem)]"
					trigger={
						<IconButton label={t("emoji")} className="max-sm:hidden">
							<Smile />
						</IconButton>
					}
				>
					<Suspense>
						<EmojiPicker
							onPick={(one) => {
								setEmoji(false);
								insert(one);
								input.current?.focus();
							}}
						/>
					</Suspense>
				</Popover>
				<textarea
					id="composer"
					ref={input}
					rows={1}
					dir="auto"
					value={text}
					maxLength={longest}
					aria-label={t("write")}
					placeholder={t("writeHint")}
					onChange={(e) => change(e.target.value)}
					onKeyDown={onKeyDown}
					onSelect={(e) => setChosen(e.currentTarget.selectionStart !== e.currentTarget.selectionEnd)}
					onBlur={() => setChosen(false)}
					onPaste={onPaste}
					className="outside field-sizing-content max-h-48 min-h-11 min-w-0 flex-1 resize-none rounded-xl border border-line-strong bg-raised px-3.5 py-2.5 text-ink placeholder:text-soft max-md:text-base"
				/>
				{!editing && empty && can("chats.write") && (
					<IconButton label={desk("writeNote")} onClick={() => setNewNote(true)}>
						<StickyNote />
					</IconButton>
				)}
				{!editing && text.trim() && files.length === 0 && !ready && <LaterButton onClick={() => setLater(true)} />}
				{empty && !editing ? (
					<LateIconButton label={t("record")} onClick={() => setRecording(true)} className="size-11">
						<Mic />
					</LateIconButton>
				) : (
					<IconButton label={t("send")} kind="main" onClick={send} className="size-11 rounded-full">
						<SendHorizontal />
					</IconButton>
				)}
			</div>
		</div>
	);
}

function Strip({ icon, title, text, onClose }: { icon: ReactNode; title: string; text: string; onClose: () => void }) {
	const t = useWords(threadWords);
	return (
		<div className="mb-2 flex items-center gap-2.5 rounded-md border-accent border-l-3 bg-sunken py-1 pr-1 pl-3 [&>svg]:size-4.5 [&>svg]:shrink-0 [&>svg]:text-accent">
			{icon}
			<div className="min-w-0 flex-1 text-sm">
				<p className="font-medium text-accent-ink">{title}</p>
				<p className="outside truncate text-soft">{text}</p>
			</div>
			<IconButton label={t("cancel")} onClick={onClose}>
				<X />
			</IconButton>
		</div>
	);
}
