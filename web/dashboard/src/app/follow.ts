import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { live } from "@/lib/live";
import { affectedBy } from "./affects";
import { meKey } from "./me";

/** A list is read again at most so often, however much happens, in milliseconds. */
const rest = 400;

/** Has the queries follow the events. The answer ends it. */
export function follow(client: QueryClient): () => void {
	const lastAt = new Map<string, number>();
	const timers = new Map<string, ReturnType<typeof setTimeout>>();
	const read = (key: QueryKey, id: string) => {
		timers.delete(id);
		lastAt.set(id, performance.now());
		void client.invalidateQueries({ queryKey: key });
	};
	const soon = (key: QueryKey) => {
		const id = JSON.stringify(key);
		if (timers.has(id)) return;
		const wait = rest - (performance.now() - (lastAt.get(id) ?? -rest));
		if (wait <= 0) read(key, id);
		else
			timers.set(
				id,
				setTimeout(() => read(key, id), wait),
			);
	};
	const ends = [
		live.listen((event) => affectedBy(event.type).forEach(soon)),
		live.onLost(() => void client.invalidateQueries()),
		live.onDoubt(() => void client.invalidateQueries({ queryKey: meKey })),
	];
	return () => {
		for (const end of ends) end();
		for (const timer of timers.values()) clearTimeout(timer);
	};
}
