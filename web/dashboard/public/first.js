// Before the first paint: the chosen theme and language, so that neither flashes.
(() => {
	try {
		const theme = localStorage.getItem("ping.theme");
		if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
		const language = localStorage.getItem("ping.language") || navigator.language || "id";
		document.documentElement.lang = language.toLowerCase().startsWith("en") ? "en" : "id";
	} catch {
		// Storage may be forbidden; then it is as the system says.
	}
})();
