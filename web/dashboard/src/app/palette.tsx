import { Dialog } from "radix-ui";
import { type KeyboardEvent, useRef, useState } from "react";
import { useCommandList } from "@/lib/commands";
import { useWords } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Keys } from "@/ui/keys";
import { appWords } from "./words";

/** Everything that can be done from here, found by typing. */
export default function Palette({ onClose }: { onClose: () => void }) {
	const t = useWords(appWords);
	const all = useCommandList();
	const [text, setText] = useState("");
	const [at, setAt] = useState(0);
	const list = useRef<HTMLDivElement>(null);
	const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
	const shown = all
		.filter((c) => parts.every((part) => `${c.label} ${c.also ?? ""}`.toLowerCase().includes(part)))
		.slice(0, 50);

	const run = (index: number) => {
		onClose();
		shown[index]?.run();
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
								{command.keys && <Keys keys={command.keys} />}
							</div>
						))}
						{shown.length === 0 && <p className="px-3 py-4 text-soft">{t("nothing")}</p>}
					</div>
				</Dialog.Content>
			</Dialog.Portal>
		</Dialog.Root>
	);
}
