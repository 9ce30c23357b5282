import { useMemo, useState } from "react";
import { beginning, isJumbo, piecesOf } from "@/lib/rich-text";
import { useWords } from "@/lib/words";
import { cn } from "@/ui/cn";
import { RichText } from "@/ui/rich-text";
import { threadWords } from "./thread-words";

/** What a message says, as phones show it. It is text whatever is in it; a long one is cut until somebody asks. */
export function Body({ text }: { text: string }) {
	const t = useWords(threadWords);
	const [whole, setWhole] = useState(false);
	const start = useMemo(() => beginning(text), [text]);
	const shown = start === undefined || whole ? text : start;
	const pieces = useMemo(() => piecesOf(shown), [shown]);
	return (
		<>
			<p
				dir="auto"
				className={cn(
					// Marks that pile up on one letter stay in this message.
					"outside whitespace-pre-wrap [overflow-clip-margin:0.2rem]",
					isJumbo(text) && "text-4xl leading-tight",
					start !== undefined && !whole ? "max-h-72 overflow-hidden" : "overflow-clip",
				)}
			>
				<RichText pieces={pieces} />
				{start !== undefined && !whole && "…"}
			</p>
			{start !== undefined && (
				<button
					type="button"
					className="min-h-9 font-medium text-accent-ink text-sm underline underline-offset-4"
					onClick={() => setWhole(!whole)}
				>
					{t(whole ? "less" : "readMore")}
				</button>
			)}
		</>
	);
}
