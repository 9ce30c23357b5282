import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { byKey, itemsOf } from "@/lib/api/pages";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { cardWords } from "./card-words";
import { Part } from "./contact-sheet";
import { useDevices } from "./queries";

/** The contact's chats, one per device at most, each of which opens in the inbox. */
export function useChatsOf(id: string) {
	const can = useCan()("chats.read");
	const query = useInfiniteQuery({
		queryKey: ["chats", "of", id],
		queryFn: ({ pageParam: after }) => ask(api.GET("/chats", { params: { query: { contact_id: id, after } } })),
		...byKey,
		enabled: can,
	});
	return { chats: itemsOf(query.data), ready: query.isSuccess };
}

export function CardChats({ id }: { id: string }) {
	const t = useWords(cardWords);
	const format = useFormat();
	const { data: devices } = useDevices();
	const { chats, ready } = useChatsOf(id);
	if (!ready) return null;
	return (
		<Part title={t("chats")}>
			{chats.length === 0 && <p className="text-soft">{t("noChats")}</p>}
			<ul className="-mx-2">
				{chats.map((chat) => (
					<li key={chat.id}>
						<Link
							to="/inbox/$chat"
							params={{ chat: chat.id }}
							className="flex min-h-11 items-center gap-3 rounded-md px-2 py-1.5 hover:bg-sunken"
						>
							<span className="min-w-0 flex-1">
								<span className="outside block truncate">
									{devices?.items.find((one) => one.id === chat.device_id)?.name ?? t("openChat")}
								</span>
								<bdi className="outside block truncate text-sm text-soft">{chat.last.preview}</bdi>
							</span>
							<span className="text-soft text-xs tabular-nums">{format.brief(chat.last.at ?? chat.created_at)}</span>
							<ChevronRight className="size-4 shrink-0 text-soft" aria-hidden />
						</Link>
					</li>
				))}
			</ul>
		</Part>
	);
}
