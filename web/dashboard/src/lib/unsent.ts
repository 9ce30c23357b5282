import { keptLike, ownKey } from "./own";

/** Whose something is: a person in a workspace. */
export interface Owner {
	person: string;
	workspace: string;
}

const placeOf = ({ person, workspace }: Owner) => ownKey(person, `unsent.${workspace}.`);

/** Keeps something on this device that the server has not taken yet, under its key, so that it outlives the page. */
export function keepUnsent(owner: Owner, key: string, one: unknown): void {
	try {
		localStorage.setItem(placeOf(owner) + key, JSON.stringify(one));
	} catch {
		// It then lasts as long as the page.
	}
}

/** Drops what need not be kept any more. */
export function dropUnsent(owner: Owner, key: string): void {
	try {
		localStorage.removeItem(placeOf(owner) + key);
	} catch {
		// Then nothing was kept.
	}
}

/** Everything that is kept of an owner, as it was given, in no order. */
export function unsentOf(owner: Owner): unknown[] {
	return keptLike(placeOf(owner)).flatMap((key) => {
		try {
			return [JSON.parse(localStorage.getItem(key) ?? "") as unknown];
		} catch {
			return []; // whoever wrote that, it was not keepUnsent
		}
	});
}

/** Tells the key of what another page of this browser has dropped. The answer ends it. */
export function onUnsentDropped(owner: Owner, tell: (key: string) => void): () => void {
	const place = placeOf(owner);
	const hear = ({ key, newValue }: StorageEvent) => {
		if (newValue === null && key?.startsWith(place)) tell(key.slice(place.length));
	};
	addEventListener("storage", hear);
	return () => removeEventListener("storage", hear);
}
