import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { page } from "./scripts/page";

/** Where `npm run dev` finds the server; `make run` starts one there. */
const server = process.env.PING_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
	plugins: [react(), tailwindcss(), page()],
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
				// A first load is few files: each costs a round trip, and alike things compress better together. A group takes
				// along what its files import, as far as no group of a higher priority has it.
				codeSplitting: {
					groups: [
						{
							name: "base",
							priority: 3,
							test: /node_modules\/(react|react-dom|scheduler|clsx|tailwind-merge|openapi-fetch|@radix-ui\/react-(slot|compose-refs)|@tanstack\/(router-core|react-router|history|query-core|react-query|store|react-store))\//,
						},
						// What opens above the page. The first screens need none of it.
						{
							name: "above",
							priority: 3,
							test: /node_modules\/(@radix-ui\/(?!react-slot\/|react-compose-refs\/)|@floating-ui\/|aria-hidden\/|react-remove-scroll\/)/,
						},
						// The frame, and what nearly every page is made of.
						{
							name: "frame",
							priority: 2,
							test: /\/src\/(main|app\/(inside|picture)|ui\/(field|input)|lib\/(api\/(pages|upload)|live\/use-events))\.tsx?$/,
						},
						{ name: "icons", priority: 1, minShareCount: 2, test: /node_modules\/lucide-react\// },
						{ name: "inbox", test: /\/src\/features\/inbox\/route\.tsx$/ },
						{ name: "signin", test: /\/src\/features\/signin\/route\.tsx$/ },
					],
				},
			},
		},
	},
	server: { proxy: { "/api": { target: server, ws: true }, "/docs": server, "/healthz": server } },
});
