import { cloneElement, type ReactElement, type Ref, type SyntheticEvent } from "react";

/** What something needs to take to open a panel, or to be named by a tooltip. */
export interface Openable {
	ref?: Ref<HTMLElement>;
	onClick?: (e: React.MouseEvent) => void;
	onKeyDown?: (e: React.KeyboardEvent) => void;
	onPointerEnter?: (e: React.PointerEvent) => void;
	onPointerLeave?: (e: React.PointerEvent) => void;
	onPointerDown?: (e: React.PointerEvent) => void;
	onFocus?: (e: React.FocusEvent) => void;
	onBlur?: (e: React.FocusEvent) => void;
}

/**
 * The same element, which also does what is given; what it did itself comes first. It stays the same in the document:
 * what is heavy about a panel is loaded when somebody comes near, and nothing that is on the screen changes by that.
 */
export function also(element: ReactElement, more: Openable & Record<string, unknown>): ReactElement {
	const own = element.props as Record<string, unknown>;
	const props: Record<string, unknown> = { ...more };
	for (const [name, mine] of Object.entries(more)) {
		const theirs = own[name];
		if (typeof mine !== "function" || typeof theirs !== "function") continue;
		props[name] =
			name === "ref"
				? (node: HTMLElement | null) => {
						theirs(node);
						mine(node);
					}
				: (e: SyntheticEvent) => {
						theirs(e);
						if (!e.defaultPrevented) mine(e);
					};
	}
	return cloneElement(element, props);
}
