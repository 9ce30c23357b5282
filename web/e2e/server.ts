import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How long the demo may take until it is whole, in milliseconds. */
const patience = 90_000;

const root = fileURLToPath(new URL("../..", import.meta.url));

/** demo.json, as far as tests need it. */
export interface Demo {
	url: string;
	email: string;
	password: string;
	api_key: string;
	workspace_id: string;
	devices: { id: string; number: string }[];
	network_url: string;
	phones: { number: string; name: string }[];
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const { port } = server.address() as { port: number };
			server.close(() => resolve(port));
		});
	});
}

interface Running {
	url: string;
	data: string;
	stop: () => Promise<void>;
}

/** Starts bin/pingcrm on a free port and a folder of its own, with the flags given. Its log is out/<name>.log. */
export async function start(name: string, flags: string[]): Promise<Running> {
	const binary = process.env.PING_BINARY ?? join(root, "bin/pingcrm");
	if (!existsSync(binary)) throw new Error(`${binary} is not there: make build`);
	const data = mkdtempSync(join(tmpdir(), "pingcrm-e2e-"));
	const out = join(root, "web/e2e/out");
	mkdirSync(out, { recursive: true });
	const log = openSync(join(out, `${name}.log`), "w");
	const listen = `127.0.0.1:${await freePort()}`;
	const child = spawn(binary, ["serve", "--listen", listen, "--data", data, ...flags], { stdio: ["ignore", log, log] });
	const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	const url = `http://${listen}`;
	for (const until = Date.now() + patience; ; ) {
		const answer = await fetch(`${url}/healthz`).catch(() => undefined);
		if (answer?.ok) break;
		if (child.exitCode !== null || Date.now() > until)
			throw new Error(`the server did not start: see web/e2e/out/${name}.log`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return {
		url,
		data,
		stop: async () => {
			child.kill("SIGTERM");
			await ended;
			rmSync(data, { recursive: true, force: true });
		},
	};
}

/** Waits until the demo's number is linked and its customers are there. */
async function whole(data: string, url: string): Promise<Demo> {
	for (const until = Date.now() + patience; ; ) {
		const file = join(data, "demo.json");
		if (existsSync(file)) {
			const demo = JSON.parse(readFileSync(file, "utf8")) as Demo;
			const answer = await fetch(`${url}/api/v1/devices`, { headers: { Authorization: `Bearer ${demo.api_key}` } });
			const { items } = (await answer.json()) as { items?: { state: string }[] };
			if (items?.some((device) => device.state === "online")) return demo;
		}
		if (Date.now() > until) throw new Error("the demo is not whole: see web/e2e/out/demo.log");
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

/** The owner's session, for all tests: signing in is slow on purpose, and is tried by a test of its own. */
async function session(demo: Demo): Promise<string> {
	const answer = await fetch(`${demo.url}/api/v1/login`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ email: demo.email, password: demo.password }),
	});
	const token = /ping_session=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1];
	if (!token) throw new Error(`signing in to the demo: ${answer.status} ${await answer.text()}`);
	return token;
}

/** Before all tests: one demo for all of them, and one installation that nobody has set up. */
export default async function setup() {
	const running: Running[] = [];
	const stop = async () => {
		for (const one of running) await one.stop();
	};
	try {
		const demo = await start("demo", ["--demo"]);
		running.push(demo);
		const facts = await whole(demo.data, demo.url);
		// Its WhatsApp is the demo's network too: nothing can reach a real one.
		const fresh = await start("fresh", ["--network", facts.network_url]);
		running.push(fresh);
		process.env.PING_E2E_SESSION = await session(facts);
		process.env.PING_E2E_DEMO = JSON.stringify(facts);
		process.env.PING_E2E_FRESH = fresh.url;
	} catch (error) {
		await stop();
		throw error;
	}
	return stop;
}
