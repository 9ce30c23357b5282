import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The system's own browser: none is downloaded. */
const browsers = [
	process.env.PING_CHROMIUM,
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
	"/usr/bin/google-chrome",
];
const executablePath = browsers.find((path) => path && existsSync(path));
if (!executablePath) throw new Error("chromium is needed and missing. On Debian: sudo apt-get install chromium");

const retries = Number(process.env.PING_TEST_RETRY ?? 0);

export default defineConfig({
	testDir: here("."),
	outputDir: here("out/results"),
	globalSetup: here("server.ts"),
	reporter: [["list"]],
	workers: 2,
	fullyParallel: true,
	timeout: 150_000,
	expect: { timeout: 30_000 },
	forbidOnly: Boolean(process.env.CI),
	// docs/adr/0025: what passed only the second time is listed as flaky.
	retries,
	use: {
		browserName: "chromium",
		launchOptions: { executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] },
		timezoneId: "Asia/Jakarta",
		// A trace takes as long to write as some of the tests: where there is a second try, that has one.
		trace: retries > 0 ? "on-first-retry" : "retain-on-failure",
	},
});
