import { Eye, PencilLine } from "lucide-react";
import { useWords } from "@/lib/words";
import { deskWords } from "./desk-words";
import type { Chat } from "./model";
import { usePresence } from "./presence";
import { useMembers } from "./queries";

/** Who else looks at a chat or answers in it, so that no two people answer at once without seeing it. */
export function OthersHere({ chat }: { chat: Chat }) {
	const t = useWords(deskWords);
	const here = usePresence(chat);
	const { data: members } = useMembers();
	if (here.length === 0) return null;
	const writing = here.filter((p) => p.doing === "typing");
	const shown = writing.length > 0 ? writing : here;
	const names = shown.map((p) => members?.items.find((m) => m.id === p.member_id)?.name ?? t("someone")).join(", ");
	const Icon = writing.length > 0 ? PencilLine : Eye;
	return (
		<p role="status" className="flex items-center gap-2 bg-warn-soft px-4 py-1.5 text-sm text-warn">
			<Icon className="size-4 shrink-0" aria-hidden />
			<span className="outside truncate">{t(writing.length > 0 ? "isTyping" : "looking", { names })}</span>
		</p>
	);
}
