import { useNavigate } from "@tanstack/react-router";
import { MessageSquare, UsersRound } from "lucide-react";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useRef, useState } from "react";
import { Fault } from "@/lib/api/fault";
import { type Command, useCommandList } from "@/lib/commands";
import { phoneNumber } from "@/lib/format";
import { useWords } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Keys } from "@/ui/keys";
import { useFoundChats } from "./found-chats";
import { appWords } from "./words";

/** Everything that can be done from here, and every chat, found by typing. */
export default function Palette({ onClose }: { onClose: () => void }) {
	const t = useWords(appWords);
	const all = useCommandList();
	const [text, setText] = useState("");
	const [at, setAt] = useState(0);
	const list = useRef<HTMLDivElement>(null);
	const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
	const { chats, looking, error } = useFoundChats(text);
	const navigate = useNavigate();
	const commands = all
		.filter((c) => parts.every((part) => `${c.label} ${c.also ?? ""}`.toLowerCase().includes(part)))
		.slice(0, 50);
	const shown: Command[] = [
		...commands,
		...chats.map(({ id, group, contact: { name, phone } }) => ({
			id: `chat-${id}`,
			label: name?.trim() || (phone ? phoneNumber(phone) : t("nameless")),
			detail: group ? t("group") : phone && phoneNumber(phone),
			icon: group ? UsersRound : MessageSquare,
			run: () => void navigate({ to: "/inbox/$chat", params: { chat: id } }),
		})),
	];

	const run = (index: number) => {
		const chosen = shown[index];
		if (!chosen) return; // what is meant may be about to be found
		onClose();
		chosen.run();
	};
	const move = (next: number) => {
		setAt(next);
		list.current?.children[next]?.scrollIntoView({ block: "nearest" });
	};
	const onKeyDown = (e: KeyboardEvent) => {
		if (e.key === "ArrowDown") move(Math.min(at + 1, shown.length - 1));
		else if (e.key === "ArrowUp") move(Math.max(at - 1, 0));
		else if (e.key === "Enter") run(at);
		else return;
		e.preventDefault();
	};
	return (
		<Dialog.Root open onOpenChange={(open) => !open && onClose()}>
			<Dialog.Portal>
				<div className="fixed inset-0 z-40 bg-veil" aria-hidden />
				<Dialog.Content
					aria-describedby={undefined}
					className="appear fixed inset-x-3 top-[10dvh] z-50 mx-auto flex max-h-[70dvh] max-w-xl flex-col overflow-hidden rounded-xl bg-raised shadow-float focus:outline-none"
				>
					<Dialog.Title className="sr-only">{t("palette")}</Dialog.Title>
					<input
						role="combobox"
						aria-expanded
						aria-controls="palette-list"
						aria-activedescendant={shown[at] ? `palette-${shown[at].id}` : undefined}
						aria-label={t("palette")}
						placeholder={t("palette")}
						value={text}
						onChange={(e) => {
							setText(e.target.value);
							setAt(0);
						}}
						onKeyDown={onKeyDown}
						className="h-14 shrink-0 border-line border-b bg-transparent px-5 text-base outline-none placeholder:text-soft"
					/>
					<div ref={list} id="palette-list" role="listbox" aria-label={t("commands")} className="overflow-y-auto p-2">
						{shown.map((command, i) => (
							// biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
							<div
								key={command.id}
								id={`palette-${command.id}`}
								role="option"
								tabIndex={-1}
								aria-selected={i === at}
								onClick={() => run(i)}
								onMouseMove={() => setAt(i)}
								className={cn(
									"flex min-h-11 cursor-pointer items-center gap-3 rounded-md px-3",
									i === at && "bg-sunken",
								)}
							>
								{command.icon ? (
									<command.icon className="size-5 shrink-0 text-soft" aria-hidden />
								) : (
									<span className="size-5" />
								)}
								<span className="outside min-w-0 flex-1">{command.label}</span>
								{command.detail && <span className="shrink-0 text-soft text-sm">{command.detail}</span>}
								{command.keys && <Keys keys={command.keys} />}
							</div>
						))}
					</div>
					<p role="status" className={cn("px-5 text-soft text-sm", (looking || error || shown.length === 0) && "pb-4")}>
						{looking ? t("lookingForChats") : error instanceof Fault ? error.text : shown.length === 0 && t("nothing")}
					</p>
				</Dialog.Content>
			</Dialog.Portal>
		</Dialog.Root>
	);
}
