// Fails when the first load has become too heavy.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { dist, firstFiles } from "./first.mjs";

/** Bytes of JavaScript, gzipped: what is aimed at is 200 KiB; this is what it has come to, and a little. */
const budget = 150_000;

let total = 0;
for (const file of firstFiles()) {
	const size = gzipSync(readFileSync(dist + file), { level: 9 }).length;
	total += size;
	console.log(`${String(size).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  of ${budget} bytes of JavaScript at the first load (gzip)`);
if (total > budget) {
	console.error("The first load is too heavy. Load what is not needed at once with import().");
	process.exit(1);
}
