import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useWords } from "@/lib/words";
import { Button, IconButton } from "./button";
import { cn } from "./cn";
import { uiWords } from "./words";

interface DialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	title: ReactNode;
	description?: ReactNode;
	/** Buttons at the end, the main one last. */
	actions?: ReactNode;
	className?: string;
	children?: ReactNode;
}

// The veil is ours: Radix's own writes a style element into the page, which the pages' policy forbids.
function Veil() {
	return <div className="fixed inset-0 z-40 bg-veil" aria-hidden />;
}

/** The first thing to fill in has the focus, or else the dialog: on the button that closes it, it would show a tooltip. */
function focusFirst(event: Event) {
	event.preventDefault();
	const box = event.currentTarget as HTMLElement;
	const first = box.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select");
	(first ?? box).focus();
}

function Head({ title, description }: Pick<DialogProps, "title" | "description">) {
	const t = useWords(uiWords);
	return (
		<div className="flex items-start gap-3 px-5 pt-4 pb-3">
			<div className="min-w-0 flex-1 pt-1">
				<Radix.Title className="outside text-lg">{title}</Radix.Title>
				{description ? (
					<Radix.Description className="mt-1 text-soft">{description}</Radix.Description>
				) : (
					<Radix.Description className="sr-only">{title}</Radix.Description>
				)}
			</div>
			<Radix.Close asChild>
				<IconButton label={t("close")}>
					<X />
				</IconButton>
			</Radix.Close>
		</div>
	);
}

function Foot({ actions }: Pick<DialogProps, "actions">) {
	if (!actions) return null;
	return <div className="flex flex-wrap justify-end gap-2 border-line border-t px-5 py-3.5">{actions}</div>;
}

/** A question or a short form over the page. On a phone it comes up from below. */
export function Dialog({ open, onOpenChange, title, description, actions, className, children }: DialogProps) {
	return (
		<Radix.Root open={open} onOpenChange={onOpenChange}>
			<Radix.Portal>
				<Veil />
				<Radix.Content
					onOpenAutoFocus={focusFirst}
					className={cn(
						"appear fixed z-50 flex max-h-[90dvh] flex-col overflow-hidden bg-raised shadow-float focus:outline-none",
						"max-md:inset-x-0 max-md:bottom-0 max-md:rounded-t-xl max-md:pb-[env(safe-area-inset-bottom)]",
						"base:md:w-[min(32rem,calc(100vw-2rem))] md:top-1/2 md:left-1/2 md:-translate-x-1/2 md:-translate-y-1/2 md:rounded-xl",
						className,
					)}
				>
					<Head title={title} description={description} />
					{children && <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>}
					<Foot actions={actions} />
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}

/** Details beside the page, from the right; the whole screen on a phone. */
export function Sheet({ open, onOpenChange, title, description, actions, className, children }: DialogProps) {
	return (
		<Radix.Root open={open} onOpenChange={onOpenChange}>
			<Radix.Portal>
				<Veil />
				<Radix.Content
					onOpenAutoFocus={focusFirst}
					className={cn(
						"slide-in fixed inset-y-0 right-0 z-50 base:max-w-md flex w-full flex-col bg-raised shadow-float focus:outline-none",
						className,
					)}
				>
					<Head title={title} description={description} />
					<div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
					<Foot actions={actions} />
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}

interface ConfirmProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	title: ReactNode;
	/** What will be, and whether it can be undone. */
	description: ReactNode;
	/** The deed itself, as a verb: "Delete the device". */
	confirm: string;
	onConfirm: () => void;
	busy?: boolean;
	/** Whether it destroys something. */
	danger?: boolean;
	children?: ReactNode;
}

/** Asks before something that can't be undone. */
export function ConfirmDialog({ confirm, onConfirm, busy, danger, children, ...rest }: ConfirmProps) {
	const t = useWords(uiWords);
	return (
		<Dialog
			{...rest}
			actions={
				<>
					<Button onClick={() => rest.onOpenChange(false)}>{t("cancel")}</Button>
					<Button kind={danger ? "danger" : "main"} onClick={onConfirm} busy={busy}>
						{confirm}
					</Button>
				</>
			}
		>
			{children}
		</Dialog>
	);
}
