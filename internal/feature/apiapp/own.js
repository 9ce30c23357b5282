// Puts what the reader's workspace has into the examples of the API's pages: addresses, ids and numbers that work. For
// who is not signed in they stay as they are.
(() => {
	const prefix = "/api/v1";
	const answers = new Map();

	/** The answer of a GET, once; undefined when it is refused. */
	function ask(path) {
		if (!answers.has(path)) {
			const answer = fetch(prefix + path, { headers: { Accept: "application/json" } }).then(
				(r) => (r.ok ? r.json() : undefined),
				() => undefined,
			);
			answers.set(path, answer);
		}
		return answers.get(path);
	}

	/** The id of one of the things under a path such as /contacts; undefined when there is none. */
	async function oneOf(kind) {
		const list = await ask(kind === "contacts" ? "/contacts?limit=1&kind=people" : `/${kind}?limit=1`);
		return list?.items?.[0]?.id;
	}

	const lists = {
		device_id: "devices",
		contact_id: "contacts",
		chat_id: "chats",
		template_id: "templates",
		team_id: "teams",
		member_id: "members",
		segment_id: "segments",
	};

	/** An example with what is known put in. */
	async function own(text, device) {
		let out = text.replaceAll("$PING_URL", location.origin);
		if (device) {
			out = out.replaceAll("$DEVICE", device.id).replaceAll(`${prefix}/devices/{id}`, `${prefix}/devices/${device.id}`);
			if (device.number) out = out.replaceAll("6281290641111", device.number);
		}
		const kind = out.match(/\/api\/v1\/([a-z-]+)\/\{id\}/)?.[1];
		if (kind && kind !== "me") {
			const id = await oneOf(kind);
			if (id) out = out.replace("{id}", id);
		}
		for (const [field, list] of Object.entries(lists)) {
			const empty = `"${field}":"…"`;
			if (!out.includes(empty)) continue;
			const id = field === "device_id" && device ? device.id : await oneOf(list);
			if (id) out = out.replace(empty, `"${field}":"${id}"`);
		}
		return out;
	}

	const examples = new WeakMap();

	async function fill(details, device) {
		for (const pre of details.querySelectorAll("pre")) {
			if (!examples.has(pre)) examples.set(pre, pre.textContent);
			pre.textContent = await own(examples.get(pre), device);
		}
	}

	function note(devices, onDevice) {
		const box = document.createElement("p");
		box.id = "own";
		box.append("Contoh di bawah memakai data ruang kerjamu. · The examples use your workspace's own values. ");
		const key = document.createElement("a");
		key.href = "/settings/keys";
		key.textContent = "PING_KEY: API key";
		box.append(key);
		if (devices.length > 1) {
			const select = document.createElement("select");
			select.setAttribute("aria-label", "Perangkat · Device");
			for (const [i, one] of devices.entries()) select.add(new Option(one.name, i));
			select.addEventListener("change", () => onDevice(devices[select.value]));
			box.append(" ", select);
		}
		document.querySelector("header")?.append(box);
	}

	async function begin() {
		const list = await ask("/devices");
		if (!list) return;
		const devices = [...list.items].sort((a, b) => Number(b.linked) - Number(a.linked));
		let device = devices[0];
		const all = document.querySelectorAll("details");
		const fillOpen = () => {
			for (const one of all) if (one.open) void fill(one, device);
		};
		for (const one of all) one.addEventListener("toggle", () => one.open && void fill(one, device));
		note(devices, (chosen) => {
			device = chosen;
			fillOpen();
		});
		fillOpen();
	}

	void begin();
})();
