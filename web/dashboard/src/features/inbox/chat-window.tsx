import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect } from "react";
import { rowHeight } from "./chat-rows";

interface Props {
	/** What scrolls. */
	box: RefObject<HTMLElement | null>;
	count: number;
	/** Hears which rows are in sight or near it, from the first to the one after the last. */
	onSeen: (rows: [from: number, to: number]) => void;
}

/** Finds out which rows of a long list are to be drawn. It comes with the second page: the first is drawn whole. */
export default function ChatWindow({ box, count, onSeen }: Props) {
	const items = useVirtualizer({
		count,
		getScrollElement: () => box.current,
		initialOffset: () => box.current?.scrollTop ?? 0,
		estimateSize: () => rowHeight,
		overscan: 8,
	}).getVirtualItems();
	const from = items[0]?.index ?? 0;
	const to = (items.at(-1)?.index ?? -1) + 1;
	useLayoutEffect(() => {
		if (to > from) onSeen([from, to]);
	}, [from, to, onSeen]);
	return null;
}
