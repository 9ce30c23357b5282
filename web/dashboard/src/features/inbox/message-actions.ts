import { useQueryClient } from "@tanstack/react-query";
import { api, ask, newKey } from "@/lib/api/client";
import { say } from "@/lib/words";
import { toast, toastFault } from "@/ui";
import { alter, rereadMessage } from "./live";
import { react } from "./messages";
import type { Message } from "./model";
import { threadWords } from "./thread-words";

const key = () => ({ "Idempotency-Key": newKey() });

/** Reacts to a message, or takes it back with no emoji; shown at once, undone if it is refused. */
export function useReact(): (message: Message, emoji: string) => Promise<void> {
	const client = useQueryClient();
	return async (message, emoji) => {
		alter(client, message.chat_id, message.id, (now) => react(now, "", emoji, Date.now()));
		try {
			await api.POST("/messages/{id}/reactions", {
				params: { path: { id: message.id }, header: key() },
				body: { emoji },
			});
		} catch (error) {
			alter(client, message.chat_id, message.id, (now) => ({ ...now, reactions: message.reactions }));
			toastFault(error);
		}
	};
}

/** What else can be done with a message. */
export function useMessageActions() {
	const client = useQueryClient();
	const attempt = async (message: Message, guess: Partial<Message>, call: () => Promise<unknown>) => {
		alter(client, message.chat_id, message.id, (now) => ({ ...now, ...guess }));
		try {
			await call();
			return true;
		} catch (error) {
			const names = Object.keys(guess) as (keyof Message)[];
			const before = Object.fromEntries(names.map((name) => [name, message[name]]));
			alter(client, message.chat_id, message.id, (now) => ({ ...now, ...before }));
			toastFault(error);
			await rereadMessage(client, message.chat_id, message.id);
			return false;
		}
	};
	const params = (message: Message) => ({ path: { id: message.id } });
	return {
		star: (message: Message) =>
			attempt(message, { starred: !message.starred }, () =>
				message.starred
					? api.DELETE("/messages/{id}/star", { params: params(message) })
					: api.PUT("/messages/{id}/star", { params: params(message) }),
			),
		edit: (message: Message, text: string) =>
			attempt(message, { content: { ...message.content, text }, edited_at: Date.now() }, () =>
				api.POST("/messages/{id}/edit", { params: { ...params(message), header: key() }, body: { text } }),
			),
		vote: (message: Message, options: string[]) =>
			attempt(message, {}, async () => {
				await api.POST("/messages/{id}/vote", { params: { ...params(message), header: key() }, body: { options } });
				await rereadMessage(client, message.chat_id, message.id);
			}),
		retry: (message: Message) =>
			attempt(message, { state: "queued", code: undefined }, () =>
				api.POST("/messages/{id}/retry", { params: params(message) }),
			),
		cancel: (message: Message) =>
			attempt(message, { state: "cancelled" }, () => api.POST("/messages/{id}/cancel", { params: params(message) })),
		async remove(message: Message, whom: "me" | "everyone") {
			const guess = whom === "everyone" ? { revoked_at: Date.now() } : {};
			const call = () => api.DELETE("/messages/{id}", { params: { ...params(message), query: { for: whom } } });
			if ((await attempt(message, guess, call)) && whom === "me")
				await rereadMessage(client, message.chat_id, message.id);
		},
		/** Hands a message on; tried again, it is under the same key. */
		async forward(message: Message, chats: string[], key: string) {
			try {
				await ask(
					api.POST("/messages/{id}/forward", {
						params: { ...params(message), header: { "Idempotency-Key": key } },
						body: { chat_ids: chats },
					}),
				);
				toast(say(threadWords)("isForwarded"), { kind: "good" });
				return true;
			} catch (error) {
				toastFault(error);
				return false;
			}
		},
		async copy(message: Message) {
			await navigator.clipboard.writeText(message.content.text ?? "").then(
				() => toast(say(threadWords)("copied")),
				() => toast(say(threadWords)("notCopied"), { kind: "bad" }),
			);
		},
	};
}
