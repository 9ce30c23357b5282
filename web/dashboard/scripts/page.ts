import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin, Rollup } from "vite";

const features = fileURLToPath(new URL("../src/features", import.meta.url));

/** Addresses whose first part is not the name of the folder that shows them. */
const places: Record<string, string[]> = { home: [""], signin: ["login", "setup"] };

/**
 * Puts into index.html what the first paint needs, so that it waits for nothing: the styles; the icon; first.js, which learns which
 * scripts an address needs beside those of every page; start.js, which runs them. The server lets all of it in by its hashes
 * (internal/kit/asset).
 */
export function page(): Plugin {
	return {
		name: "page",
		transformIndexHtml: {
			order: "post",
			handler(html, { bundle }) {
				if (!bundle) return put(html, "<!-- first.js -->", inline("first.js"));
				const scripts = JSON.stringify(scriptsOf(bundle, html));
				const whole = put(html, "<!-- first.js -->", inline("first.js", { "{}": scripts }));
				return afterPaint(inlineIcon(inlineStyles(whole, bundle)));
			},
		},
	};
}

/** A script as it stands in the page, without its comments; told is what is put where it says `const scripts = …`. */
function inline(file: string, told: Record<string, string> = {}): string {
	const source = readFileSync(new URL(`../${file}`, import.meta.url), "utf8").replace(/\s*\/\/ .*$/gm, "");
	const [script] = Object.entries(told).map(([empty, full]) =>
		put(source, `const scripts = ${empty}`, `const scripts = ${full}`),
	);
	return `<script>${script ?? source}</script>`;
}

function put(text: string, place: string, what: string): string {
	if (!text.includes(place)) throw new Error(`there is no ${place} any more`);
	return text.replace(place, () => what);
}

/** The scripts of each first part of an address, without those that index.html names. */
function scriptsOf(bundle: Rollup.OutputBundle, html: string): Record<string, string[]> {
	const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
	const of = (source: RegExp) => chunks.filter(({ moduleIds }) => moduleIds.some((id) => source.test(id)));
	const all: Record<string, string[]> = {};
	for (const name of readdirSync(features)) {
		const route = of(new RegExp(`/features/${name}/route\\.tsx$`));
		const files = new Set<string>();
		for (const chunk of name === "signin" ? route : [...of(/\/app\/inside\.tsx$/), ...route])
			withImports(bundle, chunk.fileName, files);
		const more = [...files]
			.map((file) => `/${file}`)
			.filter((file) => !html.includes(`"${file}"`))
			.sort();
		for (const place of places[name] ?? [name]) all[place] = more;
	}
	return all;
}

function withImports(bundle: Rollup.OutputBundle, file: string, files: Set<string>): void {
	const chunk = bundle[file];
	if (files.has(file) || chunk?.type !== "chunk") return;
	files.add(file);
	for (const next of chunk.imports) withImports(bundle, next, files);
}

function inlineStyles(html: string, bundle: Rollup.OutputBundle): string {
	return html.replace(/<link rel="stylesheet"[^>]* href="\/([^"]+)">/g, (_, file: string) => {
		const style = bundle[file];
		if (style?.type !== "asset") throw new Error(`${file} is not in the build`);
		delete bundle[file];
		return `<style>${String(style.source).trim()}</style>`;
	});
}

/** The tab's icon as part of the page: it is no request then, of which browsers make few at once. */
function inlineIcon(html: string): string {
	const icon = readFileSync(new URL("../public/mark.svg", import.meta.url), "utf8").trim();
	const data = icon.replace(/["#%<>]/g, (c) => (c === '"' ? "'" : encodeURIComponent(c)));
	return put(html, 'href="/mark.svg"', `href="data:image/svg+xml,${data}"`);
}

/** Has the page's scripts fetched at once, and run by start.js. */
function afterPaint(html: string): string {
	const files: string[] = [];
	let preloaded = html.replace(/<script type="module"[^>]* src="([^"]+)"><\/script>/g, (_, file: string) => {
		files.push(file);
		return "";
	});
	if (files.length === 0) throw new Error("index.html has no script any more");
	const links = files.map((file) => `<link rel="modulepreload" href="${file}">`).join("");
	preloaded = put(preloaded, "<script>", `${links}<script>`);
	return put(preloaded, "</body>", `${inline("start.js", { "[]": JSON.stringify(files) })}\n\t</body>`);
}
