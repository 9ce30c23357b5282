// Stands at the end of the page (scripts/page.ts). The scripts are asked for at once, but they run when what the page shows
// has been painted: those that are there early, such as from the cache, would hold that up.
(() => {
	const scripts = [];
	const run = () => {
		for (const file of scripts) import(file);
	};
	if (document.hidden) {
		run();
		return;
	}
	const look = (seen) => seen.getEntriesByName("first-contentful-paint").length > 0 && run();
	new PerformanceObserver(look).observe({ type: "paint", buffered: true });
	setTimeout(run, 1_000); // where nothing is painted
})();
