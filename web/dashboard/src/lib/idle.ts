/** How long something waits for a moment of rest at most, in milliseconds. */
const patience = 2_000;

/** Runs what is not needed for what is on the screen, when there is a moment of rest. The answer takes it back. */
export function whenIdle(run: () => void): () => void {
	if (typeof requestIdleCallback === "function") {
		const id = requestIdleCallback(run, { timeout: patience });
		return () => cancelIdleCallback(id);
	}
	const timer = setTimeout(run, 200); // Safari knows no moments of rest
	return () => clearTimeout(timer);
}
