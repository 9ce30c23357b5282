import { Badge } from "@/ui";
import type { Tag } from "./model";

/** A tag with its colour. The colour is beside the word, never under it, so that any colour can be read. */
export function TagMark({ tag }: { tag: Pick<Tag, "name" | "color"> }) {
	return (
		<Badge className="min-w-0 max-w-40 text-ink">
			<TagDot color={tag.color} />
			<span className="outside min-w-0 truncate">{tag.name}</span>
		</Badge>
	);
}

export function TagDot({ color }: { color: string }) {
	return (
		<span
			aria-hidden
			className="size-2.5 shrink-0 rounded-full border border-line-strong"
			style={{ backgroundColor: color || undefined }}
		/>
	);
}
