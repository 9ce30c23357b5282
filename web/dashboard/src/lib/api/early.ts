declare global {
	interface Window {
		/** What first.js has asked for before any other script was there, by path and query; undefined where it may not. */
		pingEarly?: Record<string, Promise<Response | undefined>>;
	}
}

/** For how long an early answer is as good as one that is asked for now, in milliseconds since the page was opened. */
const fresh = 30_000;

/** The answer to what was asked early, once; undefined when that is still to be asked. */
export async function early({ method, url }: Request): Promise<Response | undefined> {
	const asked = typeof window === "undefined" ? undefined : window.pingEarly;
	if (!asked || method !== "GET") return undefined;
	const { pathname, search } = new URL(url);
	const answer = asked[pathname + search];
	delete asked[pathname + search];
	return performance.now() < fresh ? answer : undefined;
}
