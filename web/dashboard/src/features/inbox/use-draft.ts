import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useEvents } from "@/lib/live";
import { draftOf, keepDraft } from "./draft";

/** How long after the last key a draft goes to the server, in milliseconds. */
const rest = 1_000;

/**
 * What somebody has begun to write in a chat: kept on this device with every key, and with the server soon after, so that it
 * is there on their other screens, too.
 */
export function useDraft(chat: string): [string, (text: string) => void] {
	const person = useMe().person?.id ?? "";
	const [text, setText] = useState(() => draftOf(person, chat).text);
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	const mine = useRef(false);
	const adopt = useEffectEvent((theirs: Schema["DeskDraft"]) => {
		if (mine.current || theirs.text === text || theirs.updated_at < draftOf(person, chat).at) return;
		setText(theirs.text);
		keepDraft(person, chat, { text: theirs.text, at: theirs.updated_at });
	});
	useEffect(() => {
		ask(api.GET("/chats/{id}/draft", { params: { path: { id: chat } } })).then(
			(draft) => draft.text && adopt(draft),
			() => undefined, // what is on this device then is all there is
		);
	}, [chat]);
	useEvents(["draft.changed"], (event) => {
		const draft = event.data as Schema["DeskDraft"];
		if (draft.chat_id === chat && document.activeElement?.id !== "composer") {
			mine.current = false;
			adopt(draft);
		}
	});
	const change = useCallback(
		(next: string) => {
			mine.current = true;
			setText(next);
			keepDraft(person, chat, { text: next, at: Date.now() });
			clearTimeout(timer.current);
			timer.current = setTimeout(() => {
				api.PUT("/chats/{id}/draft", { params: { path: { id: chat } }, body: { text: next } }).catch(() => undefined);
			}, rest);
		},
		[person, chat],
	);
	return [text, change];
}
