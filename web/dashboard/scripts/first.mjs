// What the first load is made of: what index.html pulls in, plus the frame and the pages of sign-in and of the inbox.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const pages = ["index.html", "src/app/inside.tsx", "src/features/signin/route.tsx", "src/features/inbox/route.tsx"];

/** Paths below dist, of scripts first and then of styles. */
export function firstFiles() {
	const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));
	const scripts = new Set(["first.js"]);
	const styles = new Set();
	const take = (key) => {
		const chunk = manifest[key];
		if (!chunk) throw new Error(`${key} is not in the build: say in scripts/first.mjs what replaced it`);
		if (scripts.has(chunk.file)) return;
		scripts.add(chunk.file);
		for (const style of chunk.css ?? []) styles.add(style);
		for (const next of chunk.imports ?? []) take(next);
	};
	for (const page of pages) take(page);
	return [...scripts, ...styles];
}
