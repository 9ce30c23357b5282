import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compiledAtOnce } from "./scripts/eager";
import { page } from "./scripts/page";

/** Where `npm run dev` finds the server; `make run` starts one there. */
const server = process.env.PING_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
	plugins: [react(), tailwindcss(), page(), compiledAtOnce(["react", "start", "inside", "inbox"])],
	resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
	build: {
		outDir: "dist",
		target: "es2022",
		cssTarget: ["chrome123", "firefox121", "safari17.5"], // they know light-dark()
		// A picture inside of a style sheet would have to be allowed by the pages' policy.
		assetsInlineLimit: 0,
		cssCodeSplit: false, // it is one file, which page() puts into index.html
		modulePreload: { polyfill: false },
		sourcemap: false,
		manifest: true,
		rolldownOptions: {
			output: {
				// A first load is few files, since each costs a round trip and browsers ask for six at once; and two of a size, which
				// come beside each other. A group takes along what its files import, as far as no group of a higher priority has
				// it. scripts/first.mjs says which of them the first screens need.
				codeSplitting: {
					groups: [
						{ name: "react", priority: 4, test: /node_modules\/(react|react-dom|scheduler)\// },
						// What runs first, and what the sign-in and other pages are made of.
						{
							name: "start",
							priority: 3,
							test: /\/src\/(main|ui\/(button|field|input|mark))\.tsx?$|\/icons\/(check|eye|eye-off)\.mjs$/,
						},
						// What opens above the page. The first screens need none of it.
						{
							name: "above",
							priority: 2,
							test: /node_modules\/(@radix-ui\/|@floating-ui\/|aria-hidden\/|react-remove-scroll\/)/,
						},
						// What stands around every page of a member, and what most of them are made of.
						{
							name: "inside",
							priority: 1,
							test: /\/src\/(app\/(inside|picture)|lib\/(api\/(pages|upload)|live\/use-events))\.tsx?$|\/icons\/(archive|at-sign|bell-off|bot|chart-column|check-check|circle-question-mark|clock|eighth-notes|file-text|hourglass|image|mail-open|map-pin|mic|phone-incoming|pin|search|sliders-horizontal|sticker|user-round|users|users-round|video)\.mjs$/,
						},
						{ name: "icons", minShareCount: 2, test: /node_modules\/lucide-react\// },
						{ name: "inbox", test: /\/src\/features\/inbox\/route\.tsx$/ },
						{ name: "signin", test: /\/src\/features\/signin\/route\.tsx$/ },
					],
				},
			},
		},
	},
	server: { proxy: { "/api": { target: server, ws: true }, "/docs": server, "/healthz": server } },
});
