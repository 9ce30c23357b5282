// Stands in the page itself (scripts/page.ts) and runs before anything of it is there.
(() => {
	const root = document.documentElement;
	// The chosen theme and language, so that neither flashes.
	try {
		const theme = localStorage.getItem("ping.theme");
		if (theme === "light" || theme === "dark") root.dataset.theme = theme;
		const language = localStorage.getItem("ping.language") || navigator.language || "id";
		root.lang = language.toLowerCase().startsWith("en") ? "en" : "id";
	} catch {
		// Storage may be forbidden; then it is as the system says.
	}

	const place = location.pathname.split("/")[1];
	const door = ["login", "setup", "forgot", "password-resets", "invitations"].includes(place);
	root.dataset.first = door ? "door" : "frame";

	// What is asked first is on its way before the scripts are there, which take the answers (src/lib/api/early.ts). Where the
	// log of events ends is known before anything is read that events change.
	const early = {};
	window.pingEarly = early;
	const ask = async (path) => fetch(`/api/v1${path}`, { headers: { "Accept-Language": root.lang } });
	/** Asks when it is known that it may: a promise of true or false. */
	const askIf = (may, path) => {
		const answer = may.then((yes) => (yes ? ask(path) : undefined));
		answer.catch(() => {}); // whoever takes it hears of it
		early[`/api/v1${path}`] = answer;
		return answer;
	};
	const yes = Promise.resolve(true);
	const session = askIf(yes, "/session");

	// The page's own scripts come beside those of every page, not after them.
	const scripts = {};
	for (const file of scripts[place] ?? []) {
		const link = document.createElement("link");
		link.rel = "modulepreload";
		link.href = file;
		document.head.append(link);
	}
	askIf(yes, "/setup");

	if (door) return;
	const can = session.then(async (answer) => (await answer.clone().json()).identity?.can ?? []);
	const log = askIf(
		can.then((all) => all.includes("events.read")),
		"/events?limit=1",
	);
	if (place !== "inbox") return;
	const chats = Promise.all([can, log]).then(([all]) => all.includes("chats.read"));
	askIf(chats, "/chats?status=open&archived=none&limit=50");
	askIf(chats, "/chats/counts");
})();
