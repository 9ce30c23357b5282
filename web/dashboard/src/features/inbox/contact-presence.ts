import { useEffect, useEffectEvent } from "react";
import { api } from "@/lib/api/client";
import { useEvents } from "@/lib/live";
import { Store, useStore } from "@/lib/store";
import type { Chat } from "./model";

/** Whether somebody is online, and when they last were; unix milliseconds, missing where they hide it. */
export interface Seen {
	online: boolean;
	last_seen?: number;
}

const store = new Store<ReadonlyMap<string, Seen>>(new Map());

function note(contact: string, seen?: Seen): void {
	const next = new Map(store.get());
	if (seen) next.set(contact, seen);
	else if (!next.delete(contact)) return;
	store.set(next);
}

/**
 * Asks the network whether the person of a chat is online, and hears when that changes. Undefined until it says so; many
 * never let it. Networks tell it as long as the device's connection stands: with the next one they are asked again.
 */
export function useContactPresence({ contact, device_id, group }: Chat): Seen | undefined {
	const { id } = contact;
	const ask = useEffectEvent(() => {
		note(id); // what was told before may have changed unheard
		if (group) return;
		// A device that is away can't ask: then it is not known.
		api.POST("/contacts/{id}/presence", { params: { path: { id } }, body: { device_id } }).catch(() => undefined);
	});
	// biome-ignore lint/correctness/useExhaustiveDependencies: with another chat it is asked again
	useEffect(() => ask(), [id, device_id]);
	useEvents(["contact.presence", "device.state"], (event) => {
		const { contact: who, ...now } = event.data as Seen & {
			contact?: { id: string };
			device_id?: string;
			state?: string;
		};
		if (who) note(who.id, { online: now.online, last_seen: now.last_seen });
		else if (now.device_id === device_id && now.state === "online") ask();
		else if (now.device_id === device_id) note(id);
	});
	return useStore(store).get(id);
}
