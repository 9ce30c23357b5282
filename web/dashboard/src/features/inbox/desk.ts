import { useQuery } from "@tanstack/react-query";
import { api, ask, type Schema } from "@/lib/api/client";

export type Note = Schema["DeskNote"];
export type Scheduled = Schema["DeskScheduled"];

/** Under which keys queries keep what a team does around a chat. */
export const deskKeys = {
	notes: (chat: string) => ["notes", chat] as const,
	scheduled: (chat: string) => ["scheduled", chat] as const,
};

export function useNotes(chat: string) {
	return useQuery({
		queryKey: deskKeys.notes(chat),
		queryFn: () => ask(api.GET("/chats/{id}/notes", { params: { path: { id: chat } } })),
	});
}

/** What waits to be sent later, or was to be and was not. */
export function useScheduled(chat: string) {
	const query = useQuery({
		queryKey: deskKeys.scheduled(chat),
		queryFn: () => ask(api.GET("/chats/{id}/scheduled", { params: { path: { id: chat } } })),
	});
	return query.data?.items.filter((one) => one.state !== "sent") ?? [];
}

/** The ids of the members whose names stand in a text after an @. */
export function mentionedIn(text: string, members: { id: string; name: string }[]): string[] {
	const low = text.toLowerCase();
	return members.filter((m) => m.name && low.includes(`@${m.name.toLowerCase()}`)).map((m) => m.id);
}

/** What is being typed after an @ at the end of a text; undefined when nothing is. */
export function mentionBegun(text: string): string | undefined {
	return /(?:^|\s)@([^@\n]{0,30})$/.exec(text)?.[1];
}

/** States in which what is written goes out at once. */
const going = ["online", "restricted"];

/** What is said of the device that answers a chat: whether what is written goes, or waits, and for what. */
export function answering(
	device: Pick<Schema["DeviceView"], "paused" | "state">,
): "answersBy" | "waitsFor" | "pausedFor" {
	if (!going.includes(device.state)) return "waitsFor";
	return device.paused ? "pausedFor" : "answersBy";
}
