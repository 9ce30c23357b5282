import { useQuery } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Dialog, ErrorState } from "@/ui";
import { type Chat, type Message, nameOf } from "./model";
import { useContact, useMembers } from "./queries";
import { threadWords } from "./thread-words";
import { Ticks } from "./ticks";

/** Everything that is known of a message: who wrote it, when, how far it got. */
export default function InfoDialog({ message, chat, onClose }: { message: Message; chat: Chat; onClose: () => void }) {
	const t = useWords(threadWords);
	const format = useFormat();
	const { data: members } = useMembers();
	const sender = useContact(message.from_me ? undefined : message.sender_id);
	const query = useQuery({
		queryKey: ["messages", message.chat_id, "info", message.id],
		queryFn: () => ask(api.GET("/messages/{id}", { params: { path: { id: message.id } } })),
		initialData: message,
		staleTime: 0,
	});
	const now = query.data;
	const author = message.from_me
		? (members?.items.find((m) => m.id === message.by_id)?.name ??
			(message.by ? t(message.by === "rule" ? "byRule" : "byApi") : t("byPhone")))
		: nameOf(sender.data ?? chat.contact) || t("someone");
	const lines: [string, string | undefined][] = [
		[t("from"), author],
		[t("at"), format.full(now.at)],
		[t("editedAt"), now.edited_at ? format.full(now.edited_at) : undefined],
		[t("code"), now.code],
	];
	return (
		<Dialog open onOpenChange={onClose} title={t("info")}>
			{query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
			<dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
				{lines.map(
					([name, value]) =>
						value && (
							<div key={name} className="contents">
								<dt className="text-soft">{name}</dt>
								<dd className="outside">{value}</dd>
							</div>
						),
				)}
				{now.from_me && (
					<>
						<dt className="text-soft">{t("state")}</dt>
						<dd className="flex items-center gap-2">
							<Ticks state={now.state} />
						</dd>
					</>
				)}
			</dl>
		</Dialog>
	);
}
