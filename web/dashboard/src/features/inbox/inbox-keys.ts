import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Archive, Bot, CheckCheck, MailOpen, Search } from "lucide-react";
import { useMemo } from "react";
import { useMe } from "@/app/me";
import { itemsOf } from "@/lib/api/pages";
import { type Command, useCommands } from "@/lib/commands";
import { useShortcut } from "@/lib/shortcuts";
import { useWords } from "@/lib/words";
import type { ChatActions } from "./actions";
import type { ChatList } from "./chats";
import { chatKeys, messageKeys } from "./keys";
import { known } from "./known";
import type { Chat, Thread } from "./model";
import { setReply } from "./reply";
import { clean, filterStore } from "./view";
import { walkTo } from "./walking";
import { inboxWords } from "./words";

/** The keys of the inbox: j and k go through the list, e resolves, r replies, / searches, Esc leaves. */
export function useInboxKeys(open: string | undefined): void {
	const t = useWords(inboxWords);
	const client = useQueryClient();
	const navigate = useNavigate();
	const me = useMe().member?.id ?? "";
	const group = t("title");
	// The keys work at once; what is done to a chat comes when it is first done.
	const act = (run: (actions: ChatActions, chat: Chat) => unknown) => {
		const chat = open && known(client, open);
		if (!chat) return;
		import("./actions").then(({ chatActions }) => run(chatActions(client, me), chat)).catch(() => undefined);
	};
	const step = (by: 1 | -1) => {
		const list = itemsOf(client.getQueryData<ChatList>(chatKeys.list(clean(filterStore.get()))));
		const at = list.findIndex((one) => one.id === open);
		const next = at < 0 ? list[0] : list[at + by];
		if (!next) return;
		walkTo(next.id);
		void navigate({ to: "/inbox/$chat", params: { chat: next.id } });
	};
	const find = () => document.getElementById("inbox-search")?.focus();
	const resolve = () => act((can, one) => (one.status === "resolved" ? can.open(one) : can.resolve(one)));
	const markUnread = () => act((can, one) => can.markUnread(one));
	const reply = () => {
		const thread = open ? client.getQueryData<Thread>(messageKeys.thread(open)) : undefined;
		const last = itemsOf(thread).findLast((m) => !m.from_me && !m.revoked_at);
		if (last) setReply(last);
	};
	useShortcut("j", t("keyNext"), group, () => step(1));
	useShortcut("k", t("keyPrevious"), group, () => step(-1));
	useShortcut("e", t("keyResolve"), group, resolve);
	useShortcut("r", t("keyReply"), group, reply);
	useShortcut("u", t("keyUnread"), group, markUnread);
	useShortcut("/", t("keySearch"), group, find);
	useShortcut("c", t("keyWrite"), group, () => document.getElementById("composer")?.focus());
	useShortcut("esc", t("keyLeave"), group, () => void (open && navigate({ to: "/inbox" })));
	// biome-ignore lint/correctness/useExhaustiveDependencies: what they do reads what is open when it is done
	const commands = useMemo<Command[]>(() => {
		const list: Command[] = [{ id: "inbox-search", label: t("keySearch"), icon: Search, keys: "/", run: find }];
		if (!open) return list;
		return [
			...list,
			{ id: "inbox-resolve", label: t("keyResolve"), icon: CheckCheck, keys: "e", run: resolve },
			{
				id: "inbox-unread",
				label: t("keyUnread"),
				icon: MailOpen,
				keys: "u",
				run: markUnread,
			},
			{
				id: "inbox-turn",
				label: t("keyTurn"),
				icon: Bot,
				run: () => act((can, one) => can.turn(one, one.turn === "bot" ? "human" : "bot")),
			},
			{
				id: "inbox-archive",
				label: t("keyArchive"),
				icon: Archive,
				run: () => act((can, one) => can.archive(one, !one.archived)),
			},
		];
	}, [t, open]);
	useCommands("inbox", commands);
}
