import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

// How fast the pages are, what Lighthouse thinks of them, and how soon a message is seen: npm run speed. One after the other, on a machine that has nothing else to do.
export default defineConfig({
	...tests,
	testMatch: ["speed.ts", "arrival.ts"],
	testIgnore: [],
	workers: 1,
	fullyParallel: false,
});
