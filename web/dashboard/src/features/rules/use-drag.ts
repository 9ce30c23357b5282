import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { moved } from "./model";

/** How near to the edge of what scrolls a finger has to be for it to scroll, and how far it then does, in pixels. */
const edge = { near: 64, step: 14 };

interface Drag {
	/** The order to show: that of the list, or while something is dragged the one that would come of it. */
	order: string[];
	/** What is dragged. */
	held?: string;
	/** Spread on the row and on its handle. */
	row: (id: string) => { ref: (element: HTMLElement | null) => void };
	handle: (id: string) => {
		onPointerDown: (e: PointerEvent) => void;
		onKeyDown: (e: KeyboardEvent) => void;
		ref: (element: HTMLElement | null) => void;
	};
}

/** Puts a list in another order, with a pointer at the handle or with its arrow keys. onDrop gets the new order once. */
export function useDrag(ids: string[], onDrop: (ids: string[], id: string) => void): Drag {
	const [drag, setDrag] = useState<{ id: string; order: string[] }>();
	const rows = useRef(new Map<string, HTMLElement>());
	const handles = useRef(new Map<string, HTMLElement>());
	const refocus = useRef<string>(undefined);

	// Where a row moves within the document, its handle loses the focus.
	useEffect(() => {
		if (refocus.current) handles.current.get(refocus.current)?.focus();
		refocus.current = undefined;
	});

	const start = (id: string, e: PointerEvent) => {
		if (e.button !== 0) return;
		e.preventDefault();
		const stop = new AbortController();
		const { signal } = stop;
		let order = ids;
		setDrag({ id, order });
		const follow = (y: number) => {
			scrollAt(rows.current.get(id), y);
			order = placed(order, id, y, (one) => rows.current.get(one));
			setDrag({ id, order });
		};
		const end = (keep: boolean) => {
			stop.abort();
			setDrag(undefined);
			if (keep && order.join() !== ids.join()) onDrop(order, id);
		};
		addEventListener("pointermove", (move) => follow(move.clientY), { signal });
		addEventListener("pointerup", () => end(true), { signal });
		addEventListener("pointercancel", () => end(false), { signal });
		addEventListener("keydown", (key) => key.key === "Escape" && end(false), { signal });
	};
	const step = (id: string, e: KeyboardEvent) => {
		const by = e.key === "ArrowUp" ? -1 : e.key === "ArrowDown" ? 1 : 0;
		if (by === 0) return;
		e.preventDefault();
		const from = ids.indexOf(id);
		if (from + by < 0 || from + by >= ids.length) return;
		refocus.current = id;
		onDrop(moved(ids, from, from + by), id);
	};
	const keep = (map: Map<string, HTMLElement>, id: string) => (element: HTMLElement | null) => {
		if (element) map.set(id, element);
		else map.delete(id);
	};
	return {
		order: drag?.order ?? ids,
		held: drag?.id,
		row: (id) => ({ ref: keep(rows.current, id) }),
		handle: (id) => ({
			onPointerDown: (e) => start(id, e),
			onKeyDown: (e) => step(id, e),
			ref: keep(handles.current, id),
		}),
	};
}

/** The order in which a row stands where the pointer is: past the middle of a neighbour it changes places with it. */
function placed(order: string[], id: string, y: number, row: (id: string) => HTMLElement | undefined): string[] {
	const middle = (other: string | undefined) => {
		const box = other ? row(other)?.getBoundingClientRect() : undefined;
		return box && box.top + box.height / 2;
	};
	const at = order.indexOf(id);
	let to = at;
	for (let above = middle(order[to - 1]); above !== undefined && y < above; above = middle(order[to - 1])) to--;
	if (to < at) return moved(order, at, to);
	for (let below = middle(order[to + 1]); below !== undefined && y > below; below = middle(order[to + 1])) to++;
	return to > at ? moved(order, at, to) : order;
}

function scrollAt(element: HTMLElement | undefined, y: number) {
	if (y < edge.near) element?.closest(".overflow-y-auto")?.scrollBy(0, -edge.step);
	else if (y > innerHeight - edge.near) element?.closest(".overflow-y-auto")?.scrollBy(0, edge.step);
}
