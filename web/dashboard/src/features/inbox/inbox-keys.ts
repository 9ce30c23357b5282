import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Archive, Bot, CheckCheck, MailOpen, Search } from "lucide-react";
import { useMemo } from "react";
import { itemsOf } from "@/lib/api/pages";
import { type Command, useCommands } from "@/lib/commands";
import { useShortcut } from "@/lib/shortcuts";
import { useWords } from "@/lib/words";
import { useChatActions } from "./actions";
import type { ChatList } from "./chats";
import { chatKeys, messageKeys } from "./keys";
import { known } from "./live";
import { messagesOf } from "./messages";
import type { Thread } from "./model";
import { setReply } from "./reply";
import { clean, filterStore } from "./view";
import { inboxWords } from "./words";

/** The keys of the inbox: j and k go through the list, e resolves, r replies, / searches, Esc leaves. */
export function useInboxKeys(open: string | undefined): void {
	const t = useWords(inboxWords);
	const client = useQueryClient();
	const navigate = useNavigate();
	const actions = useChatActions();
	const group = t("title");
	const chat = () => (open ? known(client, open) : undefined);
	const step = (by: 1 | -1) => {
		const list = itemsOf(client.getQueryData<ChatList>(chatKeys.list(clean(filterStore.get()))));
		const at = list.findIndex((one) => one.id === open);
		const next = at < 0 ? list[0] : list[at + by];
		if (next) void navigate({ to: "/inbox/$chat", params: { chat: next.id } });
	};
	const find = () => document.getElementById("inbox-search")?.focus();
	const resolve = () => {
		const one = chat();
		if (one && one.status !== "resolved") void actions.resolve(one);
		else if (one) void actions.open(one);
	};
	const reply = () => {
		const thread = open ? client.getQueryData<Thread>(messageKeys.thread(open)) : undefined;
		const last = messagesOf(thread).findLast((m) => !m.from_me && !m.revoked_at);
		if (last) setReply(last);
	};
	useShortcut("j", t("keyNext"), group, () => step(1));
	useShortcut("k", t("keyPrevious"), group, () => step(-1));
	useShortcut("e", t("keyResolve"), group, resolve);
	useShortcut("r", t("keyReply"), group, reply);
	useShortcut("u", t("keyUnread"), group, () => {
		const one = chat();
		if (one) void actions.markUnread(one);
	});
	useShortcut("/", t("keySearch"), group, find);
	useShortcut("c", t("keyWrite"), group, () => document.getElementById("composer")?.focus());
	useShortcut("esc", t("keyLeave"), group, () => void (open && navigate({ to: "/inbox" })));
	// biome-ignore lint/correctness/useExhaustiveDependencies: what they do reads what is open when it is done
	const commands = useMemo<Command[]>(() => {
		const list: Command[] = [{ id: "inbox-search", label: t("keySearch"), icon: Search, keys: "/", run: find }];
		if (!open) return list;
		const withChat = (run: (one: NonNullable<ReturnType<typeof chat>>) => void) => () => {
			const one = chat();
			if (one) run(one);
		};
		return [
			...list,
			{ id: "inbox-resolve", label: t("keyResolve"), icon: CheckCheck, keys: "e", run: resolve },
			{
				id: "inbox-unread",
				label: t("keyUnread"),
				icon: MailOpen,
				keys: "u",
				run: withChat((one) => void actions.markUnread(one)),
			},
			{
				id: "inbox-turn",
				label: t("keyTurn"),
				icon: Bot,
				run: withChat((one) => void actions.turn(one, one.turn === "bot" ? "human" : "bot")),
			},
			{
				id: "inbox-archive",
				label: t("keyArchive"),
				icon: Archive,
				run: withChat((one) => void actions.archive(one, !one.archived)),
			},
		];
	}, [t, open]);
	useCommands("inbox", commands);
}
