import { type ReactElement, type ReactNode, Suspense, useState } from "react";
import { lazily } from "@/lib/lazily";
import { also, usePlace } from "./opener";

const load = () => import("./above");
const MenuPanel = lazily(() => load().then((m) => ({ default: m.MenuPanel })));
const PopoverPanel = lazily(() => load().then((m) => ({ default: m.PopoverPanel })));

/** Has the code come while a hand or the focus is on its way. */
const near = () => void load().catch(() => undefined);

interface MenuProps {
	/** What opens it: a button, a Button or an IconButton. */
	trigger: ReactElement;
	align?: "start" | "center" | "end";
	side?: "top" | "right" | "bottom" | "left";
	children: ReactNode;
}

/** A list of deeds that opens from a button. Its children are MenuItems, MenuChecks, MenuLabels and MenuLines. */
export function DropdownMenu({ trigger, align = "end", side = "bottom", children }: MenuProps) {
	const [open, setOpen] = useState(false);
	const [hold, at] = usePlace(open);
	return (
		<>
			{also(trigger, {
				ref: hold,
				"aria-haspopup": "menu",
				"aria-expanded": open,
				"data-state": open ? "open" : "closed",
				onPointerEnter: near,
				onFocus: near,
				onClick: () => setOpen(!open),
				onKeyDown: (e) => {
					if (e.key !== "ArrowDown") return;
					e.preventDefault();
					setOpen(true);
				},
			})}
			{open && at && (
				<Suspense>
					<MenuPanel at={at} align={align} side={side} onClose={() => setOpen(false)}>
						{children}
					</MenuPanel>
				</Suspense>
			)}
		</>
	);
}

// They are drawn inside of a panel only, which has loaded them.
export const MenuItem = lazily(() => load().then((m) => ({ default: m.MenuItem })));
/** One of a few that are on or off. */
export const MenuCheck = lazily(() => load().then((m) => ({ default: m.MenuCheck })));
export const MenuLabel = lazily(() => load().then((m) => ({ default: m.MenuLabel })));
export const MenuLine = lazily(() => load().then((m) => ({ default: m.MenuLine })));

interface PopoverProps extends MenuProps {
	open?: boolean;
	onOpenChange?: (open: boolean) => void;
	className?: string;
}

/** Anything that opens from a button and is not a list of deeds. */
export function Popover({ trigger, align = "end", side = "bottom", className, children, ...rest }: PopoverProps) {
	const [own, setOwn] = useState(false);
	const open = rest.open ?? own;
	const [hold, at] = usePlace(open);
	const set = (next: boolean) => {
		setOwn(next);
		rest.onOpenChange?.(next);
	};
	return (
		<>
			{also(trigger, {
				ref: hold,
				"aria-haspopup": "dialog",
				"aria-expanded": open,
				"data-state": open ? "open" : "closed",
				onPointerEnter: near,
				onFocus: near,
				onClick: () => set(!open),
			})}
			{open && at && (
				<Suspense>
					<PopoverPanel
						at={at}
						align={align}
						side={side}
						className={className}
						label={at.getAttribute("aria-label") ?? at.textContent ?? ""}
						onClose={() => set(false)}
					>
						{children}
					</PopoverPanel>
				</Suspense>
			)}
		</>
	);
}
