import type { Plugin } from "vite";

/**
 * Has Chromium make its code of all functions of the named chunks at once, beside the page, while a file comes. Without this it
 * makes each function's when it is first called, a thousand times until the inbox is there, and the page stands still meanwhile.
 */
export function compiledAtOnce(names: string[]): Plugin {
	return {
		name: "compiled-at-once",
		generateBundle: {
			order: "post", // it has to be the first line
			handler(_, bundle) {
				for (const one of Object.values(bundle))
					if (one.type === "chunk" && names.includes(one.name)) one.code = `//# allFunctionsCalledOnLoad\n${one.code}`;
			},
		},
	};
}
