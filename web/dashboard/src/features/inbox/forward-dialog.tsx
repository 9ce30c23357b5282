import { useState } from "react";
import { useKeyFor } from "@/app/saying/key-for";
import { itemsOf } from "@/lib/api/pages";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Dialog, ErrorState, Input, SkeletonRows } from "@/ui";
import { useMessageActions } from "./message-actions";
import { type Message, nameOf } from "./model";
import { useChats } from "./queries";
import { threadWords } from "./thread-words";
import { clean } from "./view";

/** How many chats a message is handed on to at once: WhatsApp allows no more. */
const most = 5;

export default function ForwardDialog({ message, onClose }: { message: Message; onClose: () => void }) {
	const t = useWords(threadWords);
	const actions = useMessageActions();
	const keyFor = useKeyFor();
	const [search, setSearch] = useState("");
	const [chosen, setChosen] = useState<string[]>([]);
	const [busy, setBusy] = useState(false);
	const query = useChats(clean({ search: search.trim() }));
	const send = async () => {
		setBusy(true);
		if (await actions.forward(message, chosen, keyFor(chosen))) onClose();
		setBusy(false);
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("forward")}
			description={t("forwardHint", { count: most })}
			actions={
				<Button kind="main" busy={busy} disabled={chosen.length === 0} onClick={() => void send()}>
					{t("forwardTo", { count: chosen.length })}
				</Button>
			}
		>
			<Input
				type="search"
				aria-label={t("findChat")}
				placeholder={t("findChat")}
				value={search}
				maxLength={200}
				onChange={(e) => setSearch(e.target.value)}
			/>
			{query.isPending && <SkeletonRows rows={4} />}
			{query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
			<ul className="mt-2 flex flex-col">
				{itemsOf(query.data).map((chat) => (
					<li key={chat.id} className="border-line py-1 not-last:border-b">
						<Checkbox
							className="min-h-11 items-center"
							label={<bdi className="outside">{nameOf(chat.contact) || t("someone")}</bdi>}
							checked={chosen.includes(chat.id)}
							disabled={!chosen.includes(chat.id) && chosen.length >= most}
							onChange={(on) => setChosen(on ? [...chosen, chat.id] : chosen.filter((id) => id !== chat.id))}
						/>
					</li>
				))}
			</ul>
		</Dialog>
	);
}
