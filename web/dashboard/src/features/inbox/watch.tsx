import { useEffect } from "react";
import { chime } from "@/app/chime";
import { useCan } from "@/app/me";
import { setPageCount } from "@/app/page-badge";
import type { Schema } from "@/lib/api/client";
import { useEvents } from "@/lib/live";
import { useCounts } from "./queries";
import { contactTypes } from "./typing";
import { openChat, useInboxLive } from "./use-live";

/** What goes on in the inbox while any page is open: its data follow the events, its count is on the rail and in the title. */
export default function Watch() {
	return useCan()("chats.read") ? <Watching /> : null;
}

/** On the icon of the installed app; where there is none, nothing happens. */
function badge(count: number): void {
	const told = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
	told?.catch(() => undefined);
}

function Watching() {
	useInboxLive();
	const { data: counts } = useCounts();
	const unread = counts?.unread ?? 0;
	useEffect(() => {
		setPageCount("inbox", unread);
		badge(unread);
		const show = () => {
			const plain = document.title.replace(/^\(\d+\+?\) /, "");
			const next = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ${plain}` : plain;
			if (next !== document.title) document.title = next;
		};
		show();
		const title = document.querySelector("title");
		if (!title) return;
		// Every page sets the title anew; the count goes in front of it.
		const observer = new MutationObserver(show);
		observer.observe(title, { childList: true });
		return () => observer.disconnect();
	}, [unread]);
	useEvents(["message.received"], (event) => {
		const { message, late } = event.data as Schema["EventMessage"];
		const looked = document.visibilityState === "visible" && document.hasFocus() && openChat() === message.chat_id;
		contactTypes(message.chat_id, false);
		if (!looked && !late) chime();
	});
	useEvents(["chat.typing"], (event) => {
		const { chat_id, state } = event.data as { chat_id: string; state?: string };
		contactTypes(chat_id, state === "typing");
	});
	return null;
}
