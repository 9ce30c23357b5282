import { type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef } from "react";
import { useMe } from "@/app/me";
import { type LiveEvent, useEvents, useLiveState } from "@/lib/live";
import { keepUp } from "./kept";
import { chatKeys, messageKeys } from "./keys";
import { arrive, chatOf, refresh, rereadMessage, take } from "./live";
import { messagesOf } from "./messages";
import type { Message, Thread } from "./model";
import { resume, sends, takeUp } from "./outgoing";
import { Overtaken } from "./overtaken";

/** How long events of one chat are gathered before the chat is read again, in milliseconds. */
const gather = 150;
/** With more chats than this at once the lists are read again instead. */
const most = 20;

/** Keeps the threads and lists that are loaded like the server's, event by event. Once, for the whole screen. */
export function useInboxLive(): void {
	const client = useQueryClient();
	const me = useMe().member?.id ?? "";
	const waiting = useRef(new Set<string>());
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	const soon = (chat: string) => {
		waiting.current.add(chat);
		timer.current ??= setTimeout(() => {
			const chats = [...waiting.current];
			waiting.current.clear();
			timer.current = undefined;
			if (chats.length > most) void client.invalidateQueries({ queryKey: chatKeys.all });
			else for (const id of chats) void refresh(client, id, me, openChat());
			void client.invalidateQueries({ queryKey: chatKeys.counts });
		}, gather);
	};
	useEffect(() => takeUp(client), [client]);
	const state = useLiveState();
	useEffect(() => {
		if (state === "online") resume(client);
		const back = () => resume(client);
		addEventListener("online", back);
		return () => removeEventListener("online", back);
	}, [client, state]);
	const overtaken = useRef(new Overtaken());
	const again = useEffectEvent((events: LiveEvent[]) => {
		for (const event of events) {
			take(client, event, sends);
			const chat = chatOf(event);
			if (chat && event.type !== "message.state") soon(chat);
		}
	});
	useEffect(() => overtaken.current.watch(client, isFollowed, again), [client]);
	useEvents(["message.*", "chat.*", "receipt.*", "call.*", "group.*", "label.changed"], (event) => {
		if (event.type === "chat.typing") return;
		overtaken.current.note(event);
		take(client, event, sends);
		if (event.type === "message.received") arrive(client, event, me, openChat());
		if (event.type === "message.marked") void reread(client, event);
		void voted(client, event);
		const chat = chatOf(event);
		if (chat) keepUp(client, event, chat);
		if (chat && event.type !== "message.state") soon(chat);
	});
	useEvents(["team.changed"], () => void client.invalidateQueries({ queryKey: ["teams"] }));
	useEvents(["contact.merged", "contact.unmerged"], () => void client.invalidateQueries({ queryKey: chatKeys.all }));
	useEvents(["contact.changed"], () => void client.invalidateQueries({ queryKey: chatKeys.lists }));
	useEvents(["contact.picture"], (event) => {
		const { contact } = event.data as { contact?: { id: string } };
		void client.invalidateQueries({ queryKey: ["pictures", contact?.id] });
	});
	useEvents(["view.changed"], () => void client.invalidateQueries({ queryKey: ["views"] }));
}

/** Whether a query keeps what events are put into: a list of chats, or a thread. */
function isFollowed({ queryKey: [what, kind] }: Query): boolean {
	return what === messageKeys.all[0] || (what === chatKeys.lists[0] && kind === chatKeys.lists[1]);
}

/** The chat that is open, as the address says. */
export function openChat(): string | undefined {
	return /^\/inbox\/([^/?#]+)/.exec(location.pathname)?.[1];
}

async function reread(client: QueryClient, event: LiveEvent): Promise<void> {
	const { message_id: id } = event.data as { message_id?: string };
	const chat = chatOf(event);
	if (chat && id) await rereadMessage(client, chat, id);
}

/** Reads a poll again that somebody voted in; votes name it as the network does. */
async function voted(client: QueryClient, event: LiveEvent): Promise<void> {
	const { message } = event.data as { message?: Message };
	if (message?.content.kind !== "vote") return;
	for (const [, thread] of client.getQueriesData<Thread>({ queryKey: messageKeys.chat(message.chat_id) })) {
		const poll = thread?.pages && messagesOf(thread).find((m) => m.network_id === message.content.target);
		if (poll) return rereadMessage(client, message.chat_id, poll.id);
	}
}
