// Puts the build where the program embeds it, each file with its compressed forms beside it.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { firstFiles } from "./first.mjs";

const from = fileURLToPath(new URL("../dist", import.meta.url));
const to = fileURLToPath(new URL("../../dist", import.meta.url));
/** What is compressed already gains nothing. */
const packed = /\.(png|webp|woff2|mp3|jpg)$/;

for (const name of readdirSync(to)) if (name !== "README") rmSync(join(to, name), { recursive: true });
/** The worker is told which files the first screens need, by name: with another build it is another worker. */
function named(worker) {
	const list = JSON.stringify(firstFiles().map((file) => `/${file}`));
	const text = worker.replace("const first = [];", () => `const first = ${list};`);
	if (text === worker) throw new Error("public/sw.js has no place for the first files: const first = [];");
	return text;
}
const worker = join(from, "sw.js");
writeFileSync(worker, named(readFileSync(join(from, "../public/sw.js"), "utf8")));

for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
	if (!entry.isFile() || entry.parentPath.includes("/.vite")) continue;
	const source = join(entry.parentPath, entry.name);
	const target = join(to, source.slice(from.length));
	mkdirSync(dirname(target), { recursive: true });
	cpSync(source, target);
	if (packed.test(entry.name)) continue;
	const content = readFileSync(source);
	const forms = {
		".br": brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
		".gz": gzipSync(content, { level: 9 }),
	};
	for (const [suffix, form] of Object.entries(forms))
		if (form.length < content.length) writeFileSync(target + suffix, form);
}
