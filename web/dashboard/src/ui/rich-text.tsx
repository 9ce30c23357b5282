import { Fragment, type ReactNode } from "react";
import type { Piece } from "@/lib/rich-text";
import { cn } from "./cn";

/** A message's text in the styles that phones give it. It is text whatever is in it. */
export function RichText({ pieces }: { pieces: Piece[] }) {
	// biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text don't move
	return pieces.map((piece, i) => <Fragment key={i}>{node(piece)}</Fragment>);
}

function node(piece: Piece): ReactNode {
	switch (piece.kind) {
		case "text":
			return piece.text;
		case "bold":
			return (
				<strong>
					<RichText pieces={piece.pieces} />
				</strong>
			);
		case "italic":
			return (
				<em>
					<RichText pieces={piece.pieces} />
				</em>
			);
		case "strike":
			return (
				<s>
					<RichText pieces={piece.pieces} />
				</s>
			);
		case "mono":
			return (
				<code className={cn("rounded-sm bg-sunken font-mono text-[0.9em]", piece.block ? "block p-2" : "px-1")}>
					{piece.text}
				</code>
			);
		case "mention":
			return <span className="font-medium text-accent-ink">{piece.text}</span>;
		case "link":
			return (
				<a
					href={piece.href}
					target="_blank"
					rel="noopener noreferrer nofollow"
					className="text-accent-ink underline underline-offset-2"
				>
					{piece.text}
				</a>
			);
	}
}
