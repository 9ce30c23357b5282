import type { Centrifuge } from "centrifuge";
import { api, ask, base } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { Store, useStore } from "@/lib/store";

/** Something that happened, as docs/events.md tells it. seq is missing for what is in no log, such as that somebody types. */
export interface LiveEvent {
	type: string;
	seq?: number;
	data: unknown;
}

/** connecting until it stands for the first time; then online, or offline while it is being brought back. */
export type LiveState = "connecting" | "online" | "offline";

type Listener = (event: LiveEvent) => void;

/** How many missed events are read one by one; with more, everything is read anew instead. */
const catchUpMost = 1000;

/** How long after a refusal it is tried again, and how often at most the session is asked about, in milliseconds. */
const pauseAfterRefusal = 5_000;

/**
 * The push of events. It only makes the screen quicker: what it missed while it was away it reads from the event log, and
 * where the log does not reach, it says so, and everything is read anew.
 */
export class Live {
	readonly state = new Store<LiveState>("connecting");
	private readonly listeners = new Set<Listener>();
	private readonly lostListeners = new Set<() => void>();
	private readonly doubtListeners = new Set<() => void>();
	private doubtedAt = Number.NEGATIVE_INFINITY;
	private client?: Centrifuge;
	private stopped = true;
	/** The number of the newest event that was told; undefined until it is known where the log ends. */
	private cursor?: number;
	private looking?: Promise<void>;
	private catching?: Promise<void>;
	/** What is pushed while the log is being read waits until that is done. */
	private waiting: LiveEvent[] = [];

	/** Hears of every event. The answer ends it. */
	listen(fn: Listener): () => void {
		this.listeners.add(fn);
		return () => this.listeners.delete(fn);
	}

	/** Hears that events were lost, so that everything on the screen may be old. The answer ends it. */
	onLost(fn: () => void): () => void {
		this.lostListeners.add(fn);
		return () => this.lostListeners.delete(fn);
	}

	/** Hears that the server does not let us in, maybe because the session is over. The answer ends it. */
	onDoubt(fn: () => void): () => void {
		this.doubtListeners.add(fn);
		return () => this.doubtListeners.delete(fn);
	}

	/** Notes where the log ends, unless that is known. Whatever is read after this was called is followed without a gap. */
	async look(): Promise<void> {
		if (this.cursor !== undefined) return;
		this.looking ??= ask(api.GET("/events", { params: { query: { limit: 1 } } }))
			.then(({ last }) => {
				this.cursor ??= last;
			})
			.finally(() => {
				this.looking = undefined;
			});
		return this.looking;
	}

	/** Connects, unless it is. The code for it is loaded only now. */
	async start(): Promise<void> {
		if (!this.stopped) return;
		this.stopped = false;
		const { Centrifuge } = await import("centrifuge");
		if (this.stopped || this.client) return;
		const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${base}/live`;
		const client = new Centrifuge(url, { minReconnectDelay: 300, maxReconnectDelay: 10_000 });
		client.on("publication", (ctx) => this.pushed(ctx.data as LiveEvent));
		client.on("connected", () => {
			this.state.set("online");
			void this.catchUp();
		});
		client.on("connecting", () => this.state.get() === "online" && this.state.set("offline"));
		client.on("disconnected", () => this.refused());
		client.on("error", () => this.state.get() === "online" || this.ask());
		this.client = client;
		client.connect();
	}

	/** Disconnects and forgets where it was: somebody else may sign in next. */
	stop(): void {
		this.stopped = true;
		this.client?.removeAllListeners();
		this.client?.disconnect();
		this.client = undefined;
		this.cursor = undefined;
		this.waiting = [];
		this.state.set("connecting");
	}

	/** The server ended it for good, as far as the library is concerned; whoever still has a session comes again. */
	private refused(): void {
		this.state.set("offline");
		this.ask();
		setTimeout(() => this.client?.connect(), pauseAfterRefusal);
	}

	private ask(): void {
		if (performance.now() - this.doubtedAt < pauseAfterRefusal) return;
		this.doubtedAt = performance.now();
		for (const fn of this.doubtListeners) fn();
	}

	private pushed(event: LiveEvent): void {
		if (this.catching && event.seq) {
			this.waiting.push(event);
			return;
		}
		if (event.seq && this.cursor !== undefined && event.seq > this.cursor + 1) {
			void this.catchUp(); // one was lost on the way: the log has it, and this one
			return;
		}
		this.tell(event);
	}

	private tell(event: LiveEvent): void {
		if (event.seq) {
			if (this.cursor !== undefined && event.seq <= this.cursor) return;
			this.cursor = event.seq;
		}
		for (const fn of this.listeners) fn(event);
	}

	/** Reads what the log has after the cursor. */
	private catchUp(): Promise<void> {
		this.catching ??= this.readOn()
			.catch((error: unknown) => {
				// The log was swept: begin anew. Anything else comes again with the next connection or event.
				if (error instanceof Fault && error.status === 410) {
					this.cursor = undefined;
					this.lost();
				}
			})
			.finally(() => {
				this.catching = undefined;
				const waiting = this.waiting;
				this.waiting = [];
				for (const event of waiting) this.tell(event);
			});
		return this.catching;
	}

	private async readOn(): Promise<void> {
		await this.look();
		for (let read = 0; ; ) {
			const page = await ask(api.GET("/events", { params: { query: { after: this.cursor, limit: 500 } } }));
			read += page.items.length;
			if (read > catchUpMost) {
				this.cursor = page.last;
				this.lost();
				return;
			}
			for (const event of page.items) this.tell(event as LiveEvent);
			if (page.items.length === 0 || page.next >= page.last) return;
		}
	}

	private lost(): void {
		for (const fn of this.lostListeners) fn();
	}
}

export const live = new Live();

export function useLiveState(): LiveState {
	return useStore(live.state);
}
