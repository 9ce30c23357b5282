// What the first load is made of: the frame and the pages of sign-in and of the inbox, with all that they import. The styles
// and the first script are in the page itself (page.ts).
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const dist = fileURLToPath(new URL("../dist/", import.meta.url));
/** Groups of vite.config.ts that the first screens are made of. */
const known = ["rolldown-runtime", "react", "start", "signin", "inside", "inbox"];
/** Those of them that bring the others along. */
const groups = ["start", "signin", "inside", "inbox"];

/** Paths below dist, of scripts. */
export function firstFiles() {
	const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));
	const scripts = new Set();
	const take = (chunk) => {
		if (scripts.has(chunk.file)) return;
		if (!known.includes(chunk.name))
			throw new Error(
				`a first screen waits for ${chunk.file}: name what it needs of it in a group of vite.config.ts (an icon: in inside)`,
			);
		scripts.add(chunk.file);
		for (const next of chunk.imports ?? []) take(manifest[next]);
	};
	for (const group of groups) {
		const chunk = Object.values(manifest).find(({ name }) => name === group);
		if (!chunk) throw new Error(`there is no group ${group} in the build: say in scripts/first.mjs what replaced it`);
		take(chunk);
	}
	return [...scripts];
}
