import type { Schema } from "@/lib/api/client";

export type StatusUpdate = Schema["StatusView"];

/** Somebody's status updates, oldest first, as they are read. */
export interface Poster {
	/** Known by contact, else by an address; ours is "me". */
	key: string;
	contact?: string;
	name?: string;
	phone?: string;
	updates: StatusUpdate[];
}

/** The updates by who posted them: ours first, then who posted last. What is over at that time is left out. */
export function postersOf(updates: StatusUpdate[], now: number): Poster[] {
	const posters = new Map<string, Poster>();
	for (const one of [...updates].sort((a, b) => b.at - a.at)) {
		if (one.expires_at <= now) continue;
		const { contact_id: contact, name, phone, lid } = one.sender ?? {};
		const key = one.from_me ? "me" : (contact ?? phone ?? lid ?? one.id);
		const poster = posters.get(key) ?? { key, contact, name, phone, updates: [] };
		poster.name ??= name;
		poster.phone ??= phone;
		poster.updates.unshift(one);
		posters.set(key, poster);
	}
	return [...posters.values()].sort((a, b) => Number(b.key === "me") - Number(a.key === "me"));
}
