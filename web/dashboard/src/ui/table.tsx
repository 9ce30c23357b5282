import type { HTMLAttributes, ReactNode, TdHTMLAttributes, ThHTMLAttributes } from "react";
import { useWords } from "@/lib/words";
import { Button } from "./button";
import { cn } from "./cn";
import { uiWords } from "./words";

/** Rows of the same sort. Wider than the screen, it scrolls by itself; its caption says what it is. */
export function Table({ caption, className, children }: { caption: string; className?: string; children: ReactNode }) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
		<section aria-label={caption} tabIndex={0} className="overflow-x-auto rounded-lg border border-line bg-surface">
			<table className={cn("w-full border-collapse text-left", className)}>
				<caption className="sr-only">{caption}</caption>
				{children}
			</table>
		</section>
	);
}

export function Th({ className, ...rest }: ThHTMLAttributes<HTMLTableCellElement>) {
	return (
		<th
			scope="col"
			className={cn("border-line border-b px-3.5 py-2.5 font-medium text-soft text-sm whitespace-nowrap", className)}
			{...rest}
		/>
	);
}

export function Tr({ className, ...rest }: HTMLAttributes<HTMLTableRowElement>) {
	return <tr className={cn("border-line not-last:border-b", className)} {...rest} />;
}

export function Td({ className, ...rest }: TdHTMLAttributes<HTMLTableCellElement>) {
	return <td className={cn("px-3.5 py-2.5 align-middle", className)} {...rest} />;
}

interface PaginationProps {
	/** Missing where there is no earlier or later page. */
	onPrevious?: () => void;
	onNext?: () => void;
	busy?: boolean;
	/** Such as "51–100". */
	children?: ReactNode;
}

/** Back and forth through a list that pages by key. */
export function Pagination({ onPrevious, onNext, busy, children }: PaginationProps) {
	const t = useWords(uiWords);
	if (!onPrevious && !onNext) return null;
	return (
		<nav className="flex items-center justify-end gap-2 pt-3" aria-label={`${t("previous")}, ${t("next")}`}>
			<span className="text-soft text-sm tabular-nums">{children}</span>
			<Button size="sm" disabled={!onPrevious || busy} onClick={onPrevious}>
				{t("previous")}
			</Button>
			<Button size="sm" disabled={!onNext || busy} onClick={onNext}>
				{t("next")}
			</Button>
		</nav>
	);
}

/** The rest of a list that grows downwards. */
export function MoreButton({ onMore, busy }: { onMore: () => void; busy?: boolean }) {
	const t = useWords(uiWords);
	return (
		<div className="flex justify-center py-4">
			<Button onClick={onMore} busy={busy}>
				{t("more")}
			</Button>
		</div>
	);
}
