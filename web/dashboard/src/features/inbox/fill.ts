/**
 * Fills in a template as far as the screen knows the values: {name}, {name=Kak} with what stands for a missing one,
 * {Halo|Hai} by chance. What it does not know stays as it is, for whoever writes to fill in.
 */
export function fill(body: string, values: Record<string, string>, chance = Math.random): string {
	return body.replace(/\{([^{}]{1,2000})\}/g, (whole, inner: string) => {
		if (inner.includes("|")) {
			const options = inner.split("|");
			return options[Math.floor(chance() * options.length)] ?? whole;
		}
		const [name = "", ...rest] = inner.split("=");
		const value = values[name.trim()];
		if (value) return value;
		return rest.length > 0 ? rest.join("=") : whole;
	});
}

/** Where the first variable is that a text still waits for; undefined when there is none. */
export function gapIn(text: string): [from: number, to: number] | undefined {
	const found = /\{[^{}|=]{1,100}\}/.exec(text);
	return found ? [found.index, found.index + found[0].length] : undefined;
}
