// What opens above the page. It is loaded when somebody comes near what opens it: see menu.tsx and tooltip.tsx.
import { Check } from "lucide-react";
import { DropdownMenu as Menu, Popover as RadixPopover, Tooltip as RadixTooltip } from "radix-ui";
import { type ComponentProps, type ReactNode, useState } from "react";
import { createPortal } from "react-dom";
import { cn } from "./cn";
import { Keys } from "./keys";

const panel = "appear z-50 min-w-48 overflow-y-auto rounded-lg border border-line bg-raised text-ink shadow-float";
const row =
	"flex min-h-9 cursor-pointer select-none items-center gap-2.5 rounded-md base:px-2.5 py-1.5 outline-none data-[disabled]:cursor-not-allowed data-[disabled]:opacity-55 data-[highlighted]:bg-sunken max-md:min-h-11 [&_svg]:size-4.5 [&_svg]:shrink-0";

export interface PanelProps {
	/** What opened it. */
	at: HTMLElement;
	align: "start" | "center" | "end";
	side: "top" | "right" | "bottom" | "left";
	onClose: () => void;
	children: ReactNode;
}

/** Stands where something is on the screen, for Radix to hang a panel on. */
function Place({ at, ...rest }: ComponentProps<"span"> & { at: HTMLElement }) {
	const [{ left, top, width, height }] = useState(() => at.getBoundingClientRect());
	return createPortal(
		<span
			{...rest}
			role="none"
			aria-hidden
			tabIndex={-1}
			className="pointer-events-none fixed"
			style={{ left, top, width, height }}
		/>,
		document.body,
	);
}

/** What is pressed to open a panel closes it by itself. */
function outside(at: HTMLElement) {
	return (e: { target: EventTarget | null; preventDefault: () => void }) => {
		if (at.contains(e.target as Node)) e.preventDefault();
	};
}

/** The focus goes back to where it came from, if that is still there. */
function back(at: HTMLElement) {
	return (e: Event) => {
		e.preventDefault();
		if (at.isConnected && (document.activeElement === document.body || document.activeElement === null)) at.focus();
	};
}

export function MenuPanel({ at, align, side, onClose, children }: PanelProps) {
	return (
		// Not modal: Radix would write a style element into the page to stop it from scrolling.
		<Menu.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
			<Menu.Trigger asChild>
				<Place at={at} />
			</Menu.Trigger>
			<Menu.Portal>
				<Menu.Content
					align={align}
					side={side}
					sideOffset={6}
					collisionPadding={8}
					aria-labelledby={undefined}
					aria-label={at.getAttribute("aria-label") ?? at.textContent ?? undefined}
					onPointerDownOutside={outside(at)}
					onFocusOutside={outside(at)}
					onCloseAutoFocus={back(at)}
					className={cn(panel, "p-1.5 max-h-(--radix-dropdown-menu-content-available-height)")}
				>
					{children}
				</Menu.Content>
			</Menu.Portal>
		</Menu.Root>
	);
}

export type MenuItemProps = ComponentProps<typeof Menu.Item> & { icon?: ReactNode; keys?: string; danger?: boolean };

export function MenuItem({ icon, keys, danger, className, children, ...rest }: MenuItemProps) {
	if (rest.asChild) {
		return (
			<Menu.Item className={cn(row, className)} {...rest}>
				{children}
			</Menu.Item>
		);
	}
	return (
		<Menu.Item className={cn(row, danger && "text-bad", className)} {...rest}>
			{icon}
			<span className="min-w-0 flex-1">{children}</span>
			{keys && <Keys keys={keys} />}
		</Menu.Item>
	);
}

export type MenuCheckProps = ComponentProps<typeof Menu.CheckboxItem>;

export function MenuCheck({ children, ...rest }: MenuCheckProps) {
	return (
		<Menu.CheckboxItem className={row} {...rest}>
			<span className="inline-flex size-4.5 items-center justify-center">
				<Menu.ItemIndicator>
					<Check />
				</Menu.ItemIndicator>
			</span>
			<span className="min-w-0 flex-1">{children}</span>
		</Menu.CheckboxItem>
	);
}

export function MenuLabel({ children }: { children: ReactNode }) {
	return <Menu.Label className="px-2.5 pt-2 pb-1 text-soft text-sm">{children}</Menu.Label>;
}

export function MenuLine() {
	return <Menu.Separator className="-mx-1.5 my-1.5 h-px bg-line" />;
}

/** label is what the panel is called: what its button says. */
export function PopoverPanel({
	at,
	align,
	side,
	onClose,
	className,
	label,
	children,
}: PanelProps & { className?: string; label: string }) {
	return (
		<RadixPopover.Root open onOpenChange={(open) => !open && onClose()}>
			<RadixPopover.Anchor virtualRef={{ current: at }} />
			<RadixPopover.Portal>
				<RadixPopover.Content
					aria-label={label}
					align={align}
					side={side}
					sideOffset={6}
					collisionPadding={8}
					onPointerDownOutside={outside(at)}
					onFocusOutside={outside(at)}
					onCloseAutoFocus={back(at)}
					className={cn(
						panel,
						"max-h-(--radix-popover-content-available-height) base:w-72 base:p-3 focus:outline-none",
						className,
					)}
				>
					{children}
				</RadixPopover.Content>
			</RadixPopover.Portal>
		</RadixPopover.Root>
	);
}

export function TooltipPanel({ at, text, keys }: { at: HTMLElement; text: string; keys?: string }) {
	return (
		<RadixTooltip.Provider>
			<RadixTooltip.Root open>
				<RadixTooltip.Trigger asChild>
					<Place at={at} />
				</RadixTooltip.Trigger>
				<RadixTooltip.Portal>
					<RadixTooltip.Content
						sideOffset={6}
						collisionPadding={8}
						className="appear pointer-events-none z-50 flex items-center gap-2 rounded-sm bg-ink px-2 py-1 text-ground text-sm shadow-float"
					>
						{text}
						{keys && <Keys keys={keys} />}
					</RadixTooltip.Content>
				</RadixTooltip.Portal>
			</RadixTooltip.Root>
		</RadixTooltip.Provider>
	);
}
