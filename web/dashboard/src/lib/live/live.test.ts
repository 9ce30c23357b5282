import { beforeEach, describe, expect, it, vi } from "vitest";
import { Live, type LiveEvent } from "./live";

/** The outside world: a socket that the test speaks through, and the log as the API answers it. */
const world = vi.hoisted(() => ({
	on: new Map<string, (ctx: unknown) => void>(),
	log: [] as { seq: number; type: string; data: unknown }[],
	swept: 0,
	asked: 0,
}));

vi.mock("centrifuge", () => ({
	Centrifuge: class {
		on(name: string, fn: (ctx: unknown) => void) {
			world.on.set(name, fn);
		}
		connect() {}
		disconnect() {}
		removeAllListeners() {
			world.on.clear();
		}
	},
}));

function answer(status: number, body: unknown): Response {
	return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

function serve(request: Request): Response {
	world.asked++;
	const query = new URL(request.url).searchParams;
	const after = Number(query.get("after") ?? 0);
	const last = world.log.at(-1)?.seq ?? 0;
	if (query.has("after") && after < world.swept)
		return answer(410, { error: { code: "events_swept", message: "gone" } });
	const items = world.log.filter((e) => e.seq > after).slice(0, Number(query.get("limit")));
	return answer(200, { items, next: items.at(-1)?.seq ?? after, last });
}

const happen = (count = 1) => {
	for (let i = 0; i < count; i++) {
		const seq = (world.log.at(-1)?.seq ?? 0) + 1;
		world.log.push({ seq, type: "message.received", data: { seq } });
	}
};
const push = (event: LiveEvent) => world.on.get("publication")?.({ data: event });
const connect = () => world.on.get("connected")?.({});
const newest = () => world.log.at(-1) as LiveEvent;

async function started() {
	const live = new Live();
	const heard: number[] = [];
	const lost = vi.fn();
	live.listen((event) => heard.push(event.seq ?? 0));
	live.onLost(lost);
	await live.start();
	connect();
	await vi.waitFor(() => expect(world.asked).toBe(2)); // where it ends, and what came since
	await new Promise((resolve) => setTimeout(resolve));
	return { live, heard, lost };
}

describe("live events", () => {
	beforeEach(() => {
		world.on.clear();
		world.log = [];
		world.swept = 0;
		world.asked = 0;
		happen(10);
		vi.stubGlobal("fetch", (request: Request) => Promise.resolve(serve(request)));
	});

	it("are told once each, from where the log ended", async () => {
		const { heard, live } = await started();
		happen();
		push(newest());
		push(newest());
		push({ type: "chat.typing", data: {} });
		expect(heard).toEqual([11, 0]);
		expect(live.state.get()).toBe("online");
	});

	it("that come after the page has begun to read, and before the connection stands, are told", async () => {
		const live = new Live();
		const heard: number[] = [];
		live.listen((event) => heard.push(event.seq ?? 0));
		await live.look();
		happen(2);
		await live.start();
		connect();
		await vi.waitFor(() => expect(heard).toEqual([11, 12]));
	});

	it("that were missed while away are read from the log, in order, and what is pushed meanwhile comes after them", async () => {
		const { heard, live } = await started();
		world.on.get("connecting")?.({});
		expect(live.state.get()).toBe("offline");
		happen(3);
		connect();
		happen();
		push(newest());
		await vi.waitFor(() => expect(heard).toEqual([11, 12, 13, 14]));
	});

	it("of which one was lost on the way are read from the log", async () => {
		const { heard } = await started();
		happen(2);
		push(newest());
		await vi.waitFor(() => expect(heard).toEqual([11, 12]));
	});

	it("that the log has forgotten make everything old, once", async () => {
		const { heard, lost } = await started();
		happen(5);
		world.swept = 13;
		connect();
		await vi.waitFor(() => expect(lost).toHaveBeenCalledTimes(1));
		expect(heard).toEqual([]);
	});

	it("that are too many to follow one by one make everything old, and the next one is told", async () => {
		const { heard, lost } = await started();
		happen(1600);
		connect();
		await vi.waitFor(() => expect(lost).toHaveBeenCalledTimes(1));
		await new Promise((resolve) => setTimeout(resolve));
		happen();
		push(newest());
		expect(heard.at(-1)).toBe(1611);
		expect(heard.length).toBeLessThanOrEqual(1001);
	});

	it("that nobody lets us hear any more ask who we are, not too often", async () => {
		const { live } = await started();
		const doubt = vi.fn();
		live.onDoubt(doubt);
		world.on.get("disconnected")?.({});
		world.on.get("error")?.({});
		expect(doubt).toHaveBeenCalledTimes(1);
		expect(live.state.get()).toBe("offline");
	});

	it("are no more after stop", async () => {
		const { live, heard } = await started();
		live.stop();
		happen();
		push(newest());
		expect(heard).toEqual([]);
	});
});
