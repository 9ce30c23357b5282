import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { say } from "@/lib/words";
import { toast, toastFault } from "@/ui";
import { known } from "./known";
import { settle } from "./live";
import type { Chat } from "./model";
import { openChat } from "./use-live";
import { inboxWords } from "./words";

type Change = paths["/chats/{id}"]["patch"]["requestBody"]["content"]["application/json"];

export type ChatActions = ReturnType<typeof chatActions>;

/** What can be done with a chat. The screen shows it at once; if the server refuses, it is as it was, and says why. */
export function useChatActions() {
	const client = useQueryClient();
	const me = useMe().member?.id ?? "";
	return chatActions(client, me);
}

export function chatActions(client: QueryClient, me: string) {
	const run = async (chat: Chat, guess: Partial<Chat>, call: () => Promise<Chat | undefined>) => {
		const before = known(client, chat.id) ?? chat;
		settle(client, { ...before, ...guess }, me, openChat());
		try {
			const now = await call();
			if (now) settle(client, now, me, openChat());
			return true;
		} catch (error) {
			settle(client, before, me, openChat());
			toastFault(error);
			return false;
		}
	};
	const path = (chat: Chat) => ({ path: { id: chat.id } });
	const change = (chat: Chat, guess: Partial<Chat>, body: Change) =>
		run(chat, guess, () => ask(api.PATCH("/chats/{id}", { params: path(chat), body })));
	const status = (chat: Chat, next: Chat["status"], until?: number) =>
		run(chat, { status: next, snoozed_until: until }, () =>
			ask(api.PUT("/chats/{id}/status", { params: path(chat), body: { status: next, until } })),
		);
	return {
		read: (chat: Chat) => change(chat, { unread: 0, marked_unread: false }, { unread: false }),
		markUnread: (chat: Chat) => change(chat, { marked_unread: true }, { unread: true }),
		pin: (chat: Chat, pinned: boolean) => change(chat, { pinned }, { pinned }),
		archive: (chat: Chat, archived: boolean) => change(chat, { archived }, { archived }),
		mute: (chat: Chat, until: number) => change(chat, { muted_until: until }, { muted_until: until }),
		turn: (chat: Chat, turn: Chat["turn"]) => change(chat, { turn }, { turn, turn_version: chat.turn_version }),
		open: (chat: Chat) => status(chat, "open"),
		snooze: (chat: Chat, until: number) => status(chat, "snoozed", until),
		async resolve(chat: Chat) {
			const t = say(inboxWords);
			if (await status(chat, "resolved"))
				toast(t("isResolved"), {
					kind: "good",
					action: {
						label: t("undo"),
						run: () => void status(chat, chat.status === "resolved" ? "open" : chat.status, chat.snoozed_until),
					},
				});
		},
		assign: (chat: Chat, to: { member_id?: string; team_id?: string }) =>
			run(chat, { assignee_id: to.member_id, team_id: to.team_id }, () =>
				ask(
					api.PUT("/chats/{id}/assignee", {
						params: path(chat),
						body: { member_id: to.member_id ?? "", team_id: to.team_id ?? "", version: chat.assign_version },
					}),
				),
			),
		label: (chat: Chat, label: string, on: boolean) => {
			const labels = on ? [...chat.labels, label] : chat.labels.filter((one) => one !== label);
			const params = { path: { id: chat.id, label_id: label } };
			return run(chat, { labels }, async () => {
				await (on
					? api.PUT("/chats/{id}/labels/{label_id}", { params })
					: api.DELETE("/chats/{id}/labels/{label_id}", { params }));
				return undefined;
			});
		},
		timer: (chat: Chat, seconds: 0 | 86400 | 604800 | 7776000) =>
			run(chat, { expires: seconds }, () =>
				ask(api.PUT("/chats/{id}/timer", { params: path(chat), body: { seconds } })),
			),
	};
}
