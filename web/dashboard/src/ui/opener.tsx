import {
	cloneElement,
	type ReactElement,
	type Ref,
	type SyntheticEvent,
	useCallback,
	useLayoutEffect,
	useRef,
	useState,
} from "react";

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

/**
 * Where a panel hangs: what holds the element that opens it, and that element once the panel is open. Until then nothing is
 * drawn for it, while to keep it as a state would draw every opener twice, at once, and with it all that has just been drawn.
 */
export function usePlace(open: boolean): [hold: (node: HTMLElement | null) => void, at: HTMLElement | null] {
	const held = useRef<HTMLElement | null>(null);
	const [at, setAt] = useState<HTMLElement | null>(null);
	const hold = useCallback((node: HTMLElement | null) => {
		held.current = node;
	}, []);
	useLayoutEffect(() => {
		if (open) setAt(held.current);
	});
	return [hold, at];
}
