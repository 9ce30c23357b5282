import { useQueryClient } from "@tanstack/react-query";
import { Pencil, StickyNote, Trash2 } from "lucide-react";
import { useMe } from "@/app/me";
import { api } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { cn, toastFault } from "@/ui";
import { Body } from "./body";
import { deskKeys, type Note } from "./desk";
import { deskWords } from "./desk-words";
import { setNoting } from "./noting";
import { useMembers } from "./queries";

const button = "-my-2 inline-flex size-9 shrink-0 items-center justify-center max-md:size-11";

/** A note of the team, where it was written in the thread. The contact never sees it. */
export function NoteBubble({ note, marked }: { note: Note; marked?: boolean }) {
	const t = useWords(deskWords);
	const format = useFormat();
	const client = useQueryClient();
	const me = useMe().member?.id;
	const { data: members } = useMembers();
	const remove = async () => {
		try {
			await api.DELETE("/notes/{id}", { params: { path: { id: note.id } } });
			await client.invalidateQueries({ queryKey: deskKeys.notes(note.chat_id) });
		} catch (error) {
			toastFault(error);
		}
	};
	return (
		<article className={cn("px-3 py-0.5 md:px-5", marked && "flash")} data-note={note.id}>
			<div
				className={cn(
					"mx-auto max-w-xl rounded-lg bg-warn-soft px-3 py-2 text-ink",
					marked && "outline-2 outline-accent",
				)}
			>
				<p className="flex items-center gap-1.5 text-warn text-xs">
					<StickyNote className="size-3.5" aria-hidden />
					<span className="outside min-w-0 flex-1 truncate">
						{t("note")} · {members?.items.find((m) => m.id === note.by_id)?.name ?? t("someone")}
					</span>
					{note.edited_at && <span>{t("editedNote")}</span>}
					<time className="tabular-nums">{format.time(note.created_at)}</time>
					{note.by_id === me && (
						<>
							<button type="button" aria-label={t("editNote")} onClick={() => setNoting(note)} className={button}>
								<Pencil className="size-3.5" aria-hidden />
							</button>
							<button type="button" aria-label={t("deleteNote")} onClick={() => void remove()} className={button}>
								<Trash2 className="size-3.5" aria-hidden />
							</button>
						</>
					)}
				</p>
				<Body text={note.text} />
			</div>
		</article>
	);
}
