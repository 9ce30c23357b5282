import { ChevronDown, Copy, Forward, Info, Pencil, Pin, Reply, SmilePlus, Star, StarOff, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { ConfirmDialog, cn, DropdownMenu, MenuItem, MenuLine } from "@/ui";
import { useMessageActions, useReact } from "./message-actions";
import { type Chat, type Message, placeOf } from "./model";
import { threadWords } from "./thread-words";

const ForwardDialog = lazily(() => import("./forward-dialog"));
const InfoDialog = lazily(() => import("./info-dialog"));
const EmojiDialog = lazily(() => import("./emoji-dialog"));
const PinDialog = lazily(() => import("./pins"));

/** How long a text may be edited, in milliseconds: WhatsApp takes no later one. */
const editWindow = 15 * 60_000;
const quick = ["👍", "❤️", "😂", "🙏", "😮", "😢"];
const onWire = new Set(["sent", "delivered", "read", "received"]);

interface MenuProps {
	message: Message;
	chat: Chat;
	onReply: (message: Message) => void;
	onEdit: (message: Message) => void;
}

type Open = "forward" | "pin" | "info" | "react" | "revoke" | "remove";

/** What can be done with a message, from a small button in its corner. */
export function MessageMenu({ message, chat, onReply, onEdit }: MenuProps) {
	const t = useWords(threadWords);
	const [open, setOpen] = useState<Open>();
	const close = () => setOpen(undefined);
	return (
		<>
			<DropdownMenu
				trigger={
					<button
						type="button"
						aria-label={t("menu")}
						className={cn(
							"absolute top-0.5 inline-flex size-8 items-center justify-center rounded-full text-soft hover:bg-surface opacity-0 transition-opacity focus-visible:opacity-100 group-hover/bubble:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-70 after:absolute after:-inset-1.5",
							message.from_me ? "-left-9" : "-right-9",
						)}
					>
						<ChevronDown className="size-4.5" aria-hidden />
					</button>
				}
			>
				<Items message={message} onReply={onReply} onEdit={onEdit} onOpen={setOpen} />
			</DropdownMenu>
			<Suspense>
				{open === "forward" && <ForwardDialog message={message} onClose={close} />}
				{open === "pin" && <PinDialog message={message} onClose={close} />}
				{open === "info" && <InfoDialog message={message} chat={chat} onClose={close} />}
				{open === "react" && <EmojiDialog message={message} onClose={close} />}
			</Suspense>
			<Removal message={message} open={open} onClose={close} />
		</>
	);
}

function Items({ message, onReply, onEdit, onOpen }: Omit<MenuProps, "chat"> & { onOpen: (what: Open) => void }) {
	const t = useWords(threadWords);
	const actions = useMessageActions();
	const react = useReact();
	const there = onWire.has(message.state);
	const mine = message.from_me;
	const editable = mine && there && message.content.kind === "text" && Date.now() - message.at < editWindow;
	return (
		<>
			{there && (
				<>
					<div className="flex items-center">
						{quick.map((emoji) => (
							<MenuItem key={emoji} asChild onSelect={() => void react(message, emoji)} className="px-1.5 text-xl">
								<button type="button" aria-label={t("reactWith", { emoji })}>
									{emoji}
								</button>
							</MenuItem>
						))}
						<MenuItem asChild onSelect={() => onOpen("react")} className="px-1.5">
							<button type="button" aria-label={t("otherReaction")}>
								<SmilePlus />
							</button>
						</MenuItem>
					</div>
					<MenuLine />
					<MenuItem icon={<Reply />} onSelect={() => onReply(message)}>
						{t("reply")}
					</MenuItem>
				</>
			)}
			{message.content.text && (
				<MenuItem icon={<Copy />} onSelect={() => void actions.copy(message)}>
					{t("copy")}
				</MenuItem>
			)}
			{editable && (
				<MenuItem icon={<Pencil />} onSelect={() => onEdit(message)}>
					{t("edit")}
				</MenuItem>
			)}
			{!message.content.media?.view_once && !placeOf(message) && (
				<MenuItem icon={<Forward />} onSelect={() => onOpen("forward")}>
					{t("forward")}
				</MenuItem>
			)}
			<MenuItem icon={message.starred ? <StarOff /> : <Star />} onSelect={() => void actions.star(message)}>
				{t(message.starred ? "unstar" : "star")}
			</MenuItem>
			{there && (
				<MenuItem icon={<Pin />} onSelect={() => onOpen("pin")}>
					{t("pin")}
				</MenuItem>
			)}
			<MenuItem icon={<Info />} onSelect={() => onOpen("info")}>
				{t("info")}
			</MenuItem>
			<MenuLine />
			<MenuItem icon={<Trash2 />} danger onSelect={() => onOpen("remove")}>
				{t("deleteForMe")}
			</MenuItem>
			{mine && there && (
				<MenuItem icon={<Trash2 />} danger onSelect={() => onOpen("revoke")}>
					{t("deleteForAll")}
				</MenuItem>
			)}
		</>
	);
}

function Removal({ message, open, onClose }: { message: Message; open?: Open; onClose: () => void }) {
	const t = useWords(threadWords);
	const actions = useMessageActions();
	const all = open === "revoke";
	if (open !== "remove" && open !== "revoke") return null;
	return (
		<ConfirmDialog
			open
			danger
			onOpenChange={onClose}
			title={t(all ? "deleteForAll" : "deleteForMe")}
			description={t(all ? "deleteForAllHint" : "deleteForMeHint")}
			confirm={t("delete")}
			onConfirm={() => {
				void actions.remove(message, all ? "everyone" : "me");
				onClose();
			}}
		/>
	);
}
