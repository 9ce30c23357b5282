import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { demo, expect, test } from "./rig";

// Lighthouse is no dependency: it brings two hundred packages that nothing else needs. PING_LIGHTHOUSE is its command line.
const command = process.env.PING_LIGHTHOUSE ?? "npx --yes lighthouse@12.8.2";
const out = fileURLToPath(new URL("out/speed", import.meta.url));

/** What is aimed at (docs/benchmarks.md), on a phone's processor and network as Lighthouse has them (4× slower, 1.6 Mbit/s, 150 ms). */
const least = { score: 0.95, interactive: 2_000 };

interface Report {
	categories: Record<string, { score: number; auditRefs: { id: string }[] }>;
	audits: Record<string, { score: number | null; scoreDisplayMode: string; numericValue?: number; title: string }>;
}

/** A browser's folder in which the owner is signed in. (A header would sign in the page, but not its WebSocket.) */
async function signedInFolder(chrome: string): Promise<string> {
	const folder = join(out, "profile");
	rmSync(folder, { recursive: true, force: true });
	const browser = await chromium.launchPersistentContext(folder, { executablePath: chrome, args: ["--no-sandbox"] });
	const value = process.env.PING_E2E_SESSION ?? "";
	const expires = Date.now() / 1000 + 3600; // without an end it is not kept in the folder
	await browser.addCookies([{ name: "ping_session", value, url: demo.url, expires }]);
	await browser.close();
	return folder;
}

/** Runs Lighthouse on an address, as the owner if told so. Its report is out/speed/<name>.report.html. */
async function lighthouse(name: string, path: string, signedIn: boolean, chrome: string): Promise<Report> {
	mkdirSync(out, { recursive: true });
	const file = join(out, name);
	const folder = signedIn ? [`--user-data-dir=${await signedInFolder(chrome)}`] : [];
	const [run = "", ...first] = command.split(" ");
	const flags = [
		...first,
		`${demo.url}${path}`,
		"--quiet",
		"--output=json",
		"--output=html",
		`--output-path=${file}`,
		"--only-categories=performance,accessibility,best-practices",
		`--chrome-flags=${["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", ...folder].join(" ")}`,
	];
	const child = spawn(run, flags, { stdio: "inherit", env: { ...process.env, CHROME_PATH: chrome } });
	const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
	expect(code, `Lighthouse on ${path}`).toBe(0);
	return JSON.parse(readFileSync(`${file}.report.json`, "utf8")) as Report;
}

/** The audits that cost points, for who reads the failure. */
function lost(report: Report): string {
	return Object.values(report.audits)
		.filter(({ score, scoreDisplayMode }) => score !== null && score < 0.9 && scoreDisplayMode !== "informative")
		.map(({ title }) => title)
		.join("; ");
}

for (const [name, path, signedIn] of [
	["sign-in", "/login", false],
	["inbox", "/inbox", true],
] as const) {
	test(`${name} is quick and good`, async ({ browser }) => {
		test.setTimeout(300_000);
		const chrome = browser.browserType().executablePath();
		const system = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((one) => existsSync(one));
		const report = await lighthouse(name, path, signedIn, process.env.PING_CHROMIUM ?? system ?? chrome);
		const value = (id: string) => Math.round(report.audits[id]?.numericValue ?? Number.NaN);
		const scores = Object.fromEntries(Object.entries(report.categories).map(([id, { score }]) => [id, score]));
		console.log(
			`${name}: ${JSON.stringify(scores)}, first paint ${value("first-contentful-paint")} ms, largest ${value("largest-contentful-paint")} ms, ` +
				`blocked ${value("total-blocking-time")} ms, interactive ${value("interactive")} ms, shift ${report.audits["cumulative-layout-shift"]?.numericValue?.toFixed(3)}`,
		);
		for (const [id, score] of Object.entries(scores))
			expect(score, `${id} of ${name}: ${lost(report)}`).toBeGreaterThanOrEqual(least.score);
		expect(value("interactive"), `${name}: until it can be used, in ms`).toBeLessThanOrEqual(least.interactive);
	});
}
