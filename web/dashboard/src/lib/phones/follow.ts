import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Changed, onNetwork } from "./network";
import { networkKeys } from "./queries";

/** How long the network is asked to wait for something, in seconds; and how long we wait after a failure, in milliseconds. */
const wait = 25;
const pause = 2_000;

/** How many want the network to be followed; one request does it for all. */
let followers = 0;
let stop: AbortController | undefined;

/** Keeps everything of the network's phones up to date while the component is there and the page is looked at. */
export function useFollowNetwork(): void {
	const client = useQueryClient();
	useEffect(() => {
		followers++;
		const look = () => (document.hidden ? end() : begin(client));
		look();
		document.addEventListener("visibilitychange", look);
		return () => {
			document.removeEventListener("visibilitychange", look);
			followers--;
			if (followers === 0) end();
		};
	}, [client]);
}

function begin(client: QueryClient): void {
	if (stop) return;
	stop = new AbortController();
	void follow(client, stop.signal);
}

function end(): void {
	stop?.abort();
	stop = undefined;
}

async function follow(client: QueryClient, signal: AbortSignal): Promise<void> {
	let after = "";
	while (!signal.aborted) {
		try {
			const changed = await onNetwork<Changed>(
				"GET",
				`/changes?wait=${wait}${after && `&after=${after}`}`,
				undefined,
				signal,
			);
			after = encodeURIComponent(changed.next);
			// Those that are on the screen are read on; the others when they are looked at.
			if (changed.all) void client.invalidateQueries({ queryKey: networkKeys.all });
			else if (changed.phones.length > 0) void client.invalidateQueries({ queryKey: networkKeys.phones() });
			if (!changed.all)
				for (const number of changed.phones) void client.invalidateQueries({ queryKey: networkKeys.phone(number) });
		} catch {
			if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, pause));
		}
	}
}
