import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds the server; `make run` starts one there. */
const server = process.env.PING_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
	plugins: [react(), tailwindcss()],
	resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
	build: {
		outDir: "dist",
		target: "es2022",
		cssTarget: ["chrome123", "firefox121", "safari17.5"], // they know light-dark()
		// A picture inside of a style sheet would have to be allowed by the pages' policy.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		sourcemap: false,
		manifest: true,
		rolldownOptions: {
			output: {
				// What every page needs is one file: alike things compress better together than in a dozen.
				codeSplitting: {
					groups: [
						{
							name: "base",
							test: /node_modules\/(react|react-dom|scheduler|clsx|tailwind-merge|openapi-fetch|@radix-ui\/react-(slot|compose-refs)|@tanstack\/(router-core|react-router|history|query-core|react-query|store|react-store))\//,
						},
						// What opens above the page. The first screens need none of it.
						{
							name: "above",
							test: /node_modules\/(@radix-ui\/(?!react-slot\/|react-compose-refs\/)|@floating-ui\/|aria-hidden\/|react-remove-scroll\/)/,
						},
					],
				},
			},
		},
	},
	server: { proxy: { "/api": { target: server, ws: true }, "/docs": server, "/healthz": server } },
});
