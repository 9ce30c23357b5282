import type { Query, QueryClient } from "@tanstack/react-query";
import type { LiveEvent } from "@/lib/live";

/** How many events are kept for answers that are under way. */
const most = 500;

/**
 * What happens between a question and its answer: the answer may know nothing of it, and replaces what the event had put
 * on the screen. So the events of that time are taken once more.
 */
export class Overtaken {
	private events: LiveEvent[] = [];
	/** How many events there were until now. */
	private count = 0;
	private readonly asked = new Map<string, number>();

	/** Keeps an event. */
	note(event: LiveEvent): void {
		this.count++;
		this.events.push(event);
		if (this.events.length > 2 * most) this.events = this.events.slice(-most);
	}

	/** Gives again the events that the answers to some queries may know nothing of, oldest first. The answer ends it. */
	watch(client: QueryClient, of: (query: Query) => boolean, again: (events: LiveEvent[]) => void): () => void {
		return client.getQueryCache().subscribe((change) => {
			if (change.type !== "updated" || !of(change.query)) return;
			const { action, query } = change;
			if (action.type === "fetch") this.asked.set(query.queryHash, this.count);
			if (action.type !== "success" || action.manual) return;
			const since = this.count - (this.asked.get(query.queryHash) ?? this.count);
			this.asked.delete(query.queryHash);
			if (since > 0) again(this.events.slice(-since));
		});
	}
}
