const placeOf = (person: string) => `ping.own.${person}.`;

/** The name under which this browser keeps something of a person: nobody else reads it, and it goes when they sign out. */
export function ownKey(person: string, what: string): string {
	return placeOf(person) + what;
}

/** The names that begin like this one, of what is kept. */
export function keptLike(start: string): string[] {
	try {
		return Object.keys(localStorage).filter((key) => key.startsWith(start));
	} catch {
		return []; // storage may be forbidden
	}
}

/** Drops everything of a person, who has signed out. */
export function forgetOwn(person: string): void {
	for (const key of keptLike(placeOf(person))) localStorage.removeItem(key);
}
