import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, ask, type Schema } from "@/lib/api/client";
import { useDebounced } from "@/lib/use-debounced";
import { useCan } from "./me";

type Chat = Schema["ChatView"];

/** How many chats are found at most; whoever wants another types on. */
const most = 8;
/** How long nothing is typed before the server is asked, in milliseconds. */
const pause = 200;

export interface Found {
	chats: Chat[];
	/** Whether the answer is still to come; chats are then those of the answer before that fit. */
	looking: boolean;
	error: Error | null;
}

/** The chats whose contact's name or number has a text, as it is typed. */
export function useFoundChats(typed: string): Found {
	const text = typed.trim();
	const search = useDebounced(text, pause);
	const may = useCan()("chats.read") && text !== "";
	const { data, error, isFetching, isPlaceholderData } = useQuery({
		queryKey: ["chats", "named", search],
		queryFn: ({ signal }) => ask(api.GET("/chats", { params: { query: { search, limit: most } }, signal })),
		enabled: may && search !== "",
		placeholderData: keepPreviousData,
	});
	if (!may) return { chats: [], looking: false, error: null };
	const answered = search === text && !isPlaceholderData;
	return {
		chats: (data?.items ?? []).filter((chat) => answered || fits(chat, text)),
		looking: search !== text || isFetching,
		error: search === text ? error : null,
	};
}

/** Whether what was found for less of a text goes on to be what is meant, so that a quick Enter opens no other chat. */
function fits({ contact }: Chat, text: string): boolean {
	const all = `${contact.name ?? ""} ${contact.phone ?? ""}`.toLowerCase();
	return text
		.toLowerCase()
		.split(/\s+/)
		.every((part) => all.includes(part));
}
