import { useQueryClient } from "@tanstack/react-query";
import { SendHorizontal, StickyNote, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useKeyFor } from "@/app/saying/key-for";
import { api } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { IconButton, toastFault } from "@/ui";
import { deskKeys, mentionBegun, mentionedIn, type Note } from "./desk";
import { deskWords } from "./desk-words";
import { useMembers } from "./queries";

interface NoteComposerProps {
	chat: string;
	/** The note that is changed; without one it is a new one. */
	note?: Note;
	onDone: () => void;
}

/** Where one writes a note for the team, in the place of the composer and in another colour. */
export default function NoteComposer({ chat, note, onDone }: NoteComposerProps) {
	const t = useWords(deskWords);
	const client = useQueryClient();
	const keyFor = useKeyFor();
	const { data: members } = useMembers();
	const [text, setText] = useState(note?.text ?? "");
	const [busy, setBusy] = useState(false);
	const list = members?.items ?? [];
	const begun = mentionBegun(text)?.toLowerCase();
	const offered =
		begun === undefined
			? []
			: list.filter((m) => m.name.toLowerCase().startsWith(begun) && m.name.toLowerCase() !== begun).slice(0, 6);
	const mention = (name: string) => {
		setText(`${text.slice(0, text.lastIndexOf("@"))}@${name} `);
		document.getElementById("note")?.focus();
	};
	const save = async () => {
		if (!text.trim() || busy) return;
		setBusy(true);
		const body = { text: text.trim(), mentions: mentionedIn(text, list) };
		try {
			if (note) await api.PATCH("/notes/{id}", { params: { path: { id: note.id } }, body });
			else
				await api.POST("/chats/{id}/notes", {
					params: { path: { id: chat }, header: { "Idempotency-Key": keyFor(body) } },
					body,
				});
			await client.invalidateQueries({ queryKey: deskKeys.notes(chat) });
			onDone();
		} catch (error) {
			setBusy(false);
			toastFault(error);
		}
	};
	const onKeyDown = (e: KeyboardEvent) => {
		if (e.nativeEvent.isComposing) return;
		const first = offered[0];
		if (e.key === "Tab" && first) {
			e.preventDefault();
			mention(first.name);
		} else if (e.key === "Enter" && !e.shiftKey) {
			e.preventDefault();
			void save();
		} else if (e.key === "Escape") onDone();
	};
	return (
		<div className="relative shrink-0 border-warn border-t-2 bg-warn-soft px-2 py-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] md:px-4">
			{offered.length > 0 && (
				<ul
					aria-label={t("mention")}
					className="absolute inset-x-2 bottom-full mb-1 max-h-60 overflow-y-auto rounded-lg border border-line bg-raised p-1.5 shadow-float md:inset-x-4"
				>
					{offered.map((m) => (
						<li key={m.id}>
							<button
								type="button"
								onClick={() => mention(m.name)}
								className="outside block min-h-11 w-full rounded-md px-2.5 text-left hover:bg-sunken"
							>
								{m.name}
							</button>
						</li>
					))}
				</ul>
			)}
			<p className="flex items-center gap-1.5 px-1 pb-1 font-medium text-sm text-warn">
				<StickyNote className="size-4" aria-hidden />
				{t(note ? "editNote" : "note")}
			</p>
			<div className="flex items-end gap-1">
				<IconButton label={t("toMessage")} onClick={onDone}>
					<X />
				</IconButton>
				<textarea
					id="note"
					// biome-ignore lint/a11y/noAutofocus: somebody has just asked to write here
					autoFocus
					rows={1}
					dir="auto"
					value={text}
					maxLength={10_000}
					aria-label={t("writeNote")}
					placeholder={t("noteHint")}
					onChange={(e) => setText(e.target.value)}
					onKeyDown={onKeyDown}
					className="outside field-sizing-content max-h-48 min-h-11 min-w-0 flex-1 resize-none rounded-xl border border-line-strong bg-raised px-3.5 py-2.5 placeholder:text-soft max-md:text-base"
				/>
				<IconButton
					label={t(note ? "saveNote" : "addNote")}
					kind="main"
					busy={busy}
					onClick={() => void save()}
					className="size-11 rounded-full"
				>
					<SendHorizontal />
				</IconButton>
			</div>
		</div>
	);
}
