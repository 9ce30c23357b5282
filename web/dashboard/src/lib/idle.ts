/** How long something waits for a moment of rest at most, in milliseconds. */
const patience = 2_000;

/** How long a paint is waited for at most, in milliseconds: a page that nobody sees is not painted. */
const unseen = 1_000;

/** Done when what has just been drawn is painted: for what the eye can have a moment later. */
export function afterPaint(): Promise<void> {
	return new Promise((done) => {
		setTimeout(done, unseen);
		if (typeof requestAnimationFrame === "function")
			requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
	});
}

/** Runs what is not needed for what is on the screen, when there is a moment of rest. The answer takes it back. */
export function whenIdle(run: () => void): () => void {
	if (typeof requestIdleCallback === "function") {
		const id = requestIdleCallback(run, { timeout: patience });
		return () => cancelIdleCallback(id);
	}
	const timer = setTimeout(run, 200); // Safari knows no moments of rest
	return () => clearTimeout(timer);
}
