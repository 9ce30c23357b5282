import { useEffect } from "react";
import { useMe } from "@/app/me";
import { api, type Schema } from "@/lib/api/client";
import { unring } from "@/lib/bell";
import { useEvents } from "@/lib/live";
import { Store, useStore } from "@/lib/store";
import type { Chat } from "./model";

type Presence = Schema["ChatPresence"];

/** How often it is said again that somebody looks, in milliseconds. */
const every = 30_000;

const store = new Store<readonly Presence[]>([]);

function note(one: Presence): void {
	const rest = store
		.get()
		.filter((p) => p.until > Date.now() && !(p.chat_id === one.chat_id && p.member_id === one.member_id));
	store.set(one.doing === "gone" ? rest : [...rest, one]);
}

/** Says what this member does in a chat. It is a courtesy to colleagues: whether it arrives is not told. */
export function tellPresence(chat: string, doing: Presence["doing"]): void {
	api.PUT("/chats/{id}/presence", { params: { path: { id: chat } }, body: { doing } }).catch(() => undefined);
}

/** Tells colleagues that one looks at a chat, and hears who else does. */
export function usePresence(chat: Chat): Presence[] {
	const me = useMe().member?.id;
	const { id, present } = chat;
	useEffect(() => {
		for (const one of present ?? []) note(one);
	}, [present]);
	useEffect(() => {
		const look = () => {
			const visible = document.visibilityState === "visible";
			tellPresence(id, visible ? "looking" : "gone");
			if (visible) unring(id).catch(() => undefined);
		};
		look();
		const timer = setInterval(look, every);
		document.addEventListener("visibilitychange", look);
		return () => {
			clearInterval(timer);
			document.removeEventListener("visibilitychange", look);
			tellPresence(id, "gone");
		};
	}, [id]);
	useEvents(["chat.presence"], (event) => {
		const one = event.data as Presence;
		note(one);
		// Who falls silent is gone when the time is over.
		setTimeout(
			() => store.set(store.get().filter((p) => p.until > Date.now())),
			Math.max(0, one.until - Date.now()) + 100,
		);
	});
	return useStore(store).filter((p) => p.chat_id === id && p.member_id !== me);
}
