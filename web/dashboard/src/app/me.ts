import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, ask, type Schema } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { live } from "@/lib/live";
import { Store } from "@/lib/store";

export type Identity = Schema["MemberIdentity"];

export const meKey = ["me"] as const;

/** Whether a session that was there is over, so that the sign-in says why it is shown. */
export const sessionEnded = new Store(false);

const storageKey = "ping.me";

/** Remembers who is signed in on this device, so that the frame opens without a connection; null forgets it. */
export function remember(me: Identity | null): void {
	try {
		if (me) localStorage.setItem(storageKey, JSON.stringify(me));
		else localStorage.removeItem(storageKey);
	} catch {
		// Then it opens with a connection only.
	}
}

function remembered(): Identity | null {
	try {
		return JSON.parse(localStorage.getItem(storageKey) ?? "null");
	} catch {
		return null;
	}
}

/** Who is signed in; null when nobody is. Without a connection, who was the last time: pages then show what they can. */
export const identityQuery = queryOptions<Identity | null>({
	queryKey: meKey,
	queryFn: async ({ client }) => {
		try {
			const { identity } = await ask(api.GET("/session"));
			if (!identity) {
				if (client.getQueryData(meKey)) sessionEnded.set(true);
				return null;
			}
			remember(identity);
			live.look().catch(() => undefined); // it is looked for again when the connection stands
			return identity;
		} catch (error) {
			const last = error instanceof Fault && error.status === 0 && remembered();
			if (!last) throw error;
			addEventListener("online", () => void client.invalidateQueries({ queryKey: meKey }), { once: true });
			return last;
		}
	},
	staleTime: 5 * 60_000,
});

export function useIdentity() {
	return useQuery(identityQuery);
}

/** Who is signed in, for all that is inside of the frame: it asks once, and not each of its parts. */
export const MeContext = createContext<Identity | null>(null);

/** Who is signed in, inside of the frame, where somebody is. */
export function useMe(): Identity {
	const me = useContext(MeContext);
	if (!me) throw new Error("nobody is signed in here");
	return me;
}

/** Whether the member's role allows it; need is an operation's x-need, such as "members.write". The server decides for itself. */
export function useCan(): (need: string) => boolean {
	const me = useContext(MeContext);
	return (need) => me?.can.includes(need) ?? false;
}
