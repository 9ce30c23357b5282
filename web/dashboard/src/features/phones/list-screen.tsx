import { MessageSquarePlus, MessagesSquare } from "lucide-react";
import { useFormat } from "@/lib/format";
import type { Phone, PhoneMessage } from "@/lib/phones/network";
import type { PhoneState } from "@/lib/phones/queries";
import { useWords } from "@/lib/words";
import { Avatar, Badge, Button, EmptyState } from "@/ui";
import { chatWords } from "./chat-words";
import type { PhoneChat } from "./model";
import { useNames } from "./names";
import { NoShop } from "./no-shop";
import { Tick } from "./tick";
import { phonesWords } from "./words";

interface ListScreenProps {
	phone: Phone;
	phones: Phone[];
	state: PhoneState;
	chats: PhoneChat[];
	/** The numbers of the shop that this phone can write to. */
	shops: string[];
	onOpen: (chat: string) => void;
}

/** The chats of a phone. */
export function ListScreen({ phone, phones, chats, shops, onOpen }: ListScreenProps) {
	const t = useWords(phonesWords);
	const format = useFormat();
	const names = useNames(
		phone,
		phones,
		chats.some((one) => one.chat.endsWith("@g.us")),
	);
	const fresh = shops.filter((number) => !chats.some((one) => one.chat === number));
	return (
		<div className="flex min-h-0 flex-1 flex-col">
			<h3 className="shrink-0 px-4 py-2.5 text-lg">{t("chats")}</h3>
			<div className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
				{chats.length === 0 && (
					<EmptyState icon={MessagesSquare} title={t("noChats")} className="py-8">
						{fresh.length === 0 ? <NoShop /> : undefined}
					</EmptyState>
				)}
				<ul className="flex flex-col">
					{chats.map((one) => (
						<li key={one.chat}>
							<button
								type="button"
								onClick={() => onOpen(one.chat)}
								className="flex min-h-14 w-full items-center gap-3 rounded-md px-2 py-1.5 text-left hover:bg-sunken"
							>
								<Avatar name={names.name(one.chat)} id={one.chat} src={names.picture(one.chat)} />
								<span className="min-w-0 flex-1">
									<span className="flex items-baseline gap-2">
										<span className="outside min-w-0 flex-1 truncate font-medium">{names.name(one.chat)}</span>
										<span className="shrink-0 text-soft text-xs tabular-nums">
											{format.brief(one.last.timestamp_ms)}
										</span>
									</span>
									<span className="flex items-center gap-1.5">
										{one.last.from_me && <Tick message={one.last} />}
										<LastWord message={one.last} />
										{one.unread > 0 && <Badge kind="count">{one.unread}</Badge>}
									</span>
								</span>
							</button>
						</li>
					))}
				</ul>
				{fresh.map((number) => (
					<Button key={number} kind="quiet" className="mt-1 w-full justify-start" onClick={() => onOpen(number)}>
						<MessageSquarePlus aria-hidden />
						<span className="outside truncate">
							{t("writeTo")}: {names.name(number)}
						</span>
					</Button>
				))}
			</div>
		</div>
	);
}

/** The last line of a chat in a few words. */
function LastWord({ message }: { message: PhoneMessage }) {
	const t = useWords(chatWords);
	const kinds = ["sticker", "voice", "audio", "video", "document", "location", "contact"] as const;
	const kind = kinds.find((one) => one === message.type);
	let text =
		message.text || message.filename || (kind ? t(kind) : t(message.type === "image" ? "picture" : "aMessage"));
	if (message.status === "revoked") text = t(message.from_me ? "revokedMine" : "revoked");
	return <span className="outside min-w-0 flex-1 truncate text-soft text-sm">{text}</span>;
}
