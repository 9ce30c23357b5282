import { demo, desk, examine, expect, type Look, phone, test } from "./rig";

// One after the other: they share the demo's one number.
test.describe.configure({ mode: "default" });

const say = <T>(look: Look, id: T, en: T): T => (look.language === "id" ? id : en);

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
	const headers = { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" };
	const answer = await fetch(`${demo.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
	const text = await answer.text();
	expect(answer.ok, `${method} ${path}: ${answer.status} ${text}`).toBe(true);
	return (text ? JSON.parse(text) : undefined) as T;
}

/** How often a simulated phone has got a text. */
async function arrived(number: string, word: string): Promise<number> {
	const answer = await fetch(`${demo.network_url}/v1/phones/${number}/messages`);
	const items = (await answer.json()) as { text?: string }[];
	return items.filter((one) => one.text?.includes(word)).length;
}

for (const look of [phone, desk]) {
	test(`a broadcast repeats, ${look.name}`, async ({ open }) => {
		test.setTimeout(180_000);
		const device = demo.devices[0]?.id;
		// Not the same ones for both: who was reached lately is left out.
		const list = demo.phones as { name: string; number: string }[];
		const [first, second] = look === phone ? list : list.slice(0, 2).reverse();
		if (!first || !second) throw new Error("the demo has no two phones");
		const group = `Arisan ${look.name}`;
		await call("POST", `/devices/${device}/groups`, { name: group, members: [first.number, second.number] });
		const word = `berulang${Date.now()}`;
		const page = await open("/broadcasts/new", look);
		const next = page.getByRole("button", { name: say(look, "Lanjut", "Next"), exact: true });

		await page.getByRole("radio", { name: say(look, "Anggota grup", "Members of a group") }).check();
		await page.getByText(say(look, "Pilih grup", "Choose a group")).click();
		await page.getByRole("option", { name: new RegExp(group) }).click();
		await expect(page.getByText(new RegExp(`${group} · 3`))).toBeVisible();
		await examine(page, `broadcast-group-${look.name}`);

		await page.getByRole("radio", { name: say(look, "Kontak pilihan", "Contacts of your choice") }).check();
		await next.click();
		await expect(
			page.getByText(say(look, "Pilih dulu siapa yang dikirimi.", "First choose who gets it.")),
		).toBeInViewport();
		for (const one of [first, second]) {
			await page.getByText(say(look, "Cari nama atau nomor", "Find a name or number")).click();
			await page.getByRole("combobox", { name: say(look, "Cari", "Search"), exact: true }).fill(one.name);
			await page.getByRole("option", { name: new RegExp(one.name) }).click();
		}
		await expect(page.getByText(say(look, "2 kontak dipilih", "2 contacts chosen"))).toBeVisible();
		await examine(page, `broadcast-contacts-${look.name}`);
		await page.getByRole("button", { name: say(look, `Keluarkan ${second.name}`, `Take out ${second.name}`) }).click();
		await expect(page.getByText(say(look, "1 kontak dipilih", "1 contact chosen"))).toBeVisible();
		await next.click();

		await page
			.getByRole("textbox", { name: say(look, "Pesan", "Message"), exact: true })
			.fill(`{Halo|Hai} {name}, menu ${word}. Balas STOP untuk berhenti.`);
		await expect(page.getByText(new RegExp(`${first.name}, menu ${word}`)).first()).toBeVisible();
		await next.click();

		await page
			.getByRole("switch", { name: say(look, "Hanya kirim di jam tertentu", "Only send at certain hours") })
			.uncheck();
		await page.getByRole("radio", { name: say(look, "Berulang", "It repeats") }).check();
		await page.getByRole("button", { name: say(look, "Kamis", "Thursday") }).click();
		const times = page.getByRole("status").filter({ hasText: say(look, "Waktu berikutnya", "The next times") });
		await expect(times.getByRole("listitem")).toHaveCount(3);
		await times.scrollIntoViewIfNeeded();
		await examine(page, `broadcast-repeats-${look.name}`);
		await page.getByRole("button", { name: say(look, "Setiap bulan", "Every month") }).click();
		await page.getByLabel(say(look, "Tiap tanggal", "On this day")).selectOption("-1");
		await page.getByRole("button", { name: say(look, "Pada tanggal", "On a date") }).click();
		await expect(times.getByRole("listitem")).toHaveCount(3);
		await examine(page, `broadcast-repeats-monthly-${look.name}`);
		await page.getByLabel(say(look, "Tanggal terakhir", "Last date")).fill("2020-01-01");
		await expect(page.getByText(say(look, /tidak pernah jatuh/, /falls on no day/))).toBeVisible();
		await page.getByRole("button", { name: say(look, "Setiap hari", "Every day") }).click();
		await page.getByRole("button", { name: say(look, "Setelah … kali", "After … times") }).click();
		await page.getByLabel(say(look, "Berapa kali", "How many times")).fill("3");
		await expect(times.getByRole("listitem")).toHaveCount(3);
		await next.click();

		await page.getByRole("button", { name: say(look, "Jadwalkan", "Schedule") }).click();
		await expect(
			page.getByRole("heading", { name: say(look, "Setiap hari, 3 kali", "Every day, 3 times") }),
		).toBeVisible();
		await expect(page.getByText(say(look, "Terjadwal", "Scheduled"), { exact: true })).toBeVisible();
		await examine(page, `broadcast-series-${look.name}`);
		const id = page.url().split("/").at(-1);
		expect(await arrived(first.number, word), "before its time").toBe(0);

		await call("PATCH", `/broadcasts/${id}`, { start_at: Date.now() + 2_000 });
		await expect(page.getByText(say(look, "Selesai", "Done"), { exact: true })).toBeVisible({ timeout: 60_000 });
		expect(await arrived(first.number, word)).toBe(1);
		expect(await arrived(second.number, word)).toBe(0);
		await page.getByRole("link", { name: say(look, "Ke-2", "No. 2") }).click();
		await expect(
			page.getByRole("heading", { name: say(look, "Setiap hari, 2 kali", "Every day, 2 times") }),
		).toBeVisible();
		await expect(page.getByRole("link", { name: say(look, "Ke-1", "No. 1") })).toBeVisible();
		await examine(page, `broadcast-series-next-${look.name}`);
		const more = page.getByRole("main").getByRole("button", { name: say(look, "Lainnya", "More"), exact: true });
		await more.first().click();
		await page.getByRole("menuitem", { name: say(look, "Ubah pesan dan waktu", "Change message and times") }).click();
		await page.getByLabel(say(look, "Berapa kali", "How many times")).fill("5");
		await examine(page, `broadcast-series-edit-${look.name}`);
		await page.getByRole("button", { name: say(look, "Simpan", "Save"), exact: true }).click();
		await expect(
			page.getByRole("heading", { name: say(look, "Setiap hari, 5 kali", "Every day, 5 times") }),
		).toBeVisible();
		await page.goto("/broadcasts");
		const line = page.getByText(say(look, "Setiap hari, 5 kali · Ke-2", "Every day, 5 times · No. 2"));
		await expect(line.first()).toBeVisible(); // the one of another look has ended, and is there too
		await examine(page, `broadcasts-series-${look.name}`);
		await page.goBack();
		await more.first().click();
		await page.getByRole("menuitem", { name: say(look, "Batalkan", "Cancel") }).click();
		await expect(page.getByText(say(look, "Akhiri siaran berulang ini?", "End this series?"))).toBeVisible();
		await page
			.getByRole("dialog")
			.getByRole("button", { name: say(look, "Akhiri rangkaian", "End the series") })
			.click();
		await expect(page.getByText(say(look, "Dibatalkan", "Cancelled"), { exact: true }).first()).toBeVisible();
	});
}
