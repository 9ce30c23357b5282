import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { cn } from "@/ui";
import { fill } from "./fill";
import type { Chat } from "./model";
import { threadWords } from "./thread-words";

type Template = Schema["TemplateView"] & { shortcut?: string };

interface CannedProps {
	/** What stands after the slash. */
	search: string;
	chat: Chat;
	onPick: (text: string, file?: { fileId: string; name: string }) => void;
	onClose: () => void;
}

/** Texts kept ready, above the composer: arrows choose, Enter or Tab takes one. */
export default function Canned({ search, chat, onPick, onClose }: CannedProps) {
	const t = useWords(threadWords);
	const me = useMe();
	const [at, setAt] = useState(0);
	const query = useQuery({
		queryKey: ["templates", "list", { limit: 200 }],
		queryFn: () => ask(api.GET("/templates", { params: { query: { limit: 200 } } })),
	});
	const wanted = search.toLowerCase();
	const list = ((query.data?.items ?? []) as Template[])
		.filter((one) => one.shortcut?.toLowerCase().startsWith(wanted) || one.name.toLowerCase().includes(wanted))
		.slice(0, 8);
	const take = (one: Template | undefined) => {
		if (!one) return;
		const values = { name: chat.contact.name, phone: chat.contact.phone ?? "", business_name: me.workspace.name };
		onPick(fill(one.body, values), one.file_id ? { fileId: one.file_id, name: one.name } : undefined);
	};
	const onKey = useEffectEvent((e: KeyboardEvent) => {
		if (e.key === "ArrowDown") setAt(Math.min(at + 1, list.length - 1));
		else if (e.key === "ArrowUp") setAt(Math.max(at - 1, 0));
		else if ((e.key === "Enter" || e.key === "Tab") && list[at]) take(list[at]);
		else if (e.key === "Escape") onClose();
		else return;
		e.preventDefault();
		e.stopPropagation();
	});
	useEffect(() => {
		// The composer keeps the focus, so the keys are caught before it hears them.
		const listen = (e: KeyboardEvent) => onKey(e);
		addEventListener("keydown", listen, true);
		return () => removeEventListener("keydown", listen, true);
	}, []);
	if (!query.isPending && list.length === 0 && search) return null;
	return (
		<div className="absolute inset-x-2 bottom-full mb-1 max-h-72 overflow-y-auto rounded-lg border border-line bg-raised p-1.5 shadow-float md:inset-x-4">
			<p className="px-2.5 pt-1 pb-1.5 text-soft text-xs">{t(list.length ? "canned" : "noCanned")}</p>
			<ul aria-label={t("canned")}>
				{list.map((one, i) => (
					<li key={one.id}>
						<button
							type="button"
							onClick={() => take(one)}
							onMouseMove={() => setAt(i)}
							className={cn("block min-h-11 w-full rounded-md px-2.5 py-1.5 text-left", i === at && "bg-sunken")}
						>
							<span className="outside block truncate font-medium">
								{one.shortcut && <span className="mr-2 text-accent-ink">/{one.shortcut}</span>}
								{one.name}
							</span>
							<span className="outside block truncate text-soft text-sm">{one.body}</span>
						</button>
					</li>
				))}
			</ul>
		</div>
	);
}
