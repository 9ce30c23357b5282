/** Which contacts a change is of: some, or all that the filter finds. */
export type Chosen = { ids: Set<string>; all: boolean };

export const none: Chosen = { ids: new Set(), all: false };

/** With one more, or one less. Who takes one out of all means the others that are shown. */
export function withOne(chosen: Chosen, id: string, on: boolean, shown: string[]): Chosen {
	const ids = new Set(chosen.all ? shown : chosen.ids);
	if (on) ids.add(id);
	else ids.delete(id);
	return { ids, all: false };
}
