import type { Page } from "@playwright/test";
import { customerWrites, demo, desk, expect, test } from "./rig";

/** How many messages are timed, after a few that warm everything up. */
const samples = 60;
const warm = 5;

/** What is aimed at (docs/benchmarks.md): half of the messages are seen within so many milliseconds after they were written. */
const most = 50;

const now = () => performance.timeOrigin + performance.now();

/** Has the page note when a text was first painted in the list of chats, and in the thread. */
async function watch(page: Page): Promise<void> {
	await page.evaluate(() => {
		const seen: Record<string, Record<string, number>> = {};
		const note = () => {
			for (const place of ["inbox-list", "thread"]) {
				const said = document.getElementById(place)?.textContent?.matchAll(/arrival-\d+!/g) ?? [];
				for (const [text] of said) {
					seen[text] ??= {};
					const times = seen[text];
					if (times[place]) continue;
					times[place] = Number.POSITIVE_INFINITY; // until the frame with it is done
					requestAnimationFrame(() => {
						const { port1, port2 } = new MessageChannel();
						port1.onmessage = () => {
							times[place] = performance.timeOrigin + performance.now();
						};
						port2.postMessage(null);
					});
				}
			}
		};
		new MutationObserver(note).observe(document.body, { childList: true, characterData: true, subtree: true });
		(window as unknown as { seen: typeof seen }).seen = seen;
	});
}

const timesOf = (page: Page, text: string) =>
	page.evaluate(
		(text) => (window as unknown as { seen: Record<string, Record<string, number>> }).seen[text] ?? {},
		text,
	);

const at = (sorted: number[], part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;

test("a message is seen soon after it was written", async ({ open }) => {
	test.setTimeout(180_000);
	const customer = demo.phones[0];
	if (!customer) throw new Error("the demo has no customers");
	const page = await open("/inbox", desk);
	await page.locator("#inbox-list").getByText(customer.name).first().click();
	await expect(page.locator("#composer")).toBeVisible();
	await watch(page);
	const took: Record<string, number[]> = { "inbox-list": [], thread: [] };
	for (let n = 0; n < warm + samples; n++) {
		const text = `arrival-${n}!`;
		const began = now();
		await customerWrites(customer.number, text);
		await expect
			.poll(async () => Object.values(await timesOf(page, text)).filter(Number.isFinite).length, { intervals: [100] })
			.toBe(2);
		if (n >= warm)
			for (const [place, time] of Object.entries(await timesOf(page, text))) took[place]?.push(time - began);
		await page.waitForTimeout(200 + 10 * (n % 17)); // customers don't write in step with what gathers events
	}
	for (const [place, all] of Object.entries(took)) {
		const sorted = all.toSorted((a, b) => a - b);
		const [half, nearly] = [at(sorted, 0.5), at(sorted, 0.95)];
		console.log(`${place}: ${all.length} messages, p50 ${half.toFixed(1)} ms, p95 ${nearly.toFixed(1)} ms`);
		expect.soft(half, `milliseconds until half of the messages are seen in ${place}`).toBeLessThanOrEqual(most);
	}
});
