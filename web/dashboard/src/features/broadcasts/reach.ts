import type { Draft } from "./draft";
import type { Reach } from "./queries";

/** An audience as the contacts' list is narrowed to it; undefined where it is not made of contacts, or not chosen yet. */
export function reachOf(draft: Draft, tags: { id: string; name: string }[]): Reach | undefined {
	switch (draft.source) {
		case "all":
			return {};
		case "segment":
			return draft.segment ? { segment_id: draft.segment } : undefined;
		case "tags": {
			const names = tags.filter((tag) => draft.tags.includes(tag.id)).map((tag) => tag.name);
			return names.length > 0 ? { filter: names.map((name) => `tag:${quoted(name)}`).join(" or ") } : undefined;
		}
		default:
			return undefined;
	}
}

function quoted(text: string): string {
	return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
