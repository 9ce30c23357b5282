import { useCallback, useEffect, useRef } from "react";
import { api } from "@/lib/api/client";
import { tellPresence } from "./presence";

/** How often the contact is told that somebody types, in milliseconds: networks let it end by itself soon after. */
const every = 8_000;
/** After how long without a key nobody types any more. */
const idle = 5_000;

/** Shows the contact of a chat that somebody types, while they do. */
export function useTellTyping(chat: string): (on: boolean) => void {
	const at = useRef(0);
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	const tell = useCallback(
		(activity: "typing" | "none") => {
			// It is a courtesy: whether it arrives is not told.
			api.POST("/chats/{id}/typing", { params: { path: { id: chat } }, body: { activity } }).catch(() => undefined);
		},
		[chat],
	);
	const stop = useCallback(() => {
		clearTimeout(timer.current);
		if (at.current === 0) return;
		at.current = 0;
		tell("none");
		tellPresence(chat, "looking");
	}, [tell, chat]);
	useEffect(() => stop, [stop]);
	return useCallback(
		(on: boolean) => {
			if (!on) return stop();
			clearTimeout(timer.current);
			timer.current = setTimeout(stop, idle);
			if (Date.now() - at.current < every) return;
			at.current = Date.now();
			tell("typing");
			tellPresence(chat, "typing");
		},
		[stop, tell, chat],
	);
}
