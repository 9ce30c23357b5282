import { describe, expect, it } from "vitest";
import { makeFormat, phoneNumber } from "./format";

const at = Date.UTC(2026, 10, 22, 7, 5); // Sunday, 14.05 in Jakarta
const jakarta = makeFormat("id", "Asia/Jakarta");
const jayapura = makeFormat("en", "Asia/Jayapura");

describe("times", () => {
	it("are in the workspace's zone", () => {
		expect(jakarta.time(at)).toBe("14.05");
		expect(jayapura.time(at)).toBe("16:05");
		expect([jakarta.clock("08:30"), jayapura.clock("08:30")]).toEqual(["08.30", "08:30"]);
		expect(jakarta.full(at)).toBe("22 Nov 2026 14.05 WIB");
		expect(makeFormat("id", "Asia/Makassar").zone).toBe("WITA");
		expect(jayapura.zone).toBe("WIT");
	});

	it("are reckoned as the browser writes them", () => {
		const places = ["Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Ujung_Pandang", "Asia/Jayapura"];
		for (const [language, locale] of [
			["id", "id-ID"],
			["en", "en-GB"],
		] as const) {
			for (const timeZone of places) {
				const format = makeFormat(language, timeZone);
				const clock = new Intl.DateTimeFormat(locale, {
					timeZone,
					hour: "2-digit",
					minute: "2-digit",
					hourCycle: "h23",
				});
				for (let minute = 0; minute < 24 * 60; minute += 37) {
					const then = at + minute * 60_000;
					expect(format.time(then)).toBe(clock.format(then));
				}
			}
		}
		const midnight = Date.UTC(2026, 10, 21, 17); // in Jakarta
		expect(jakarta.brief(midnight - 1, midnight)).toBe("kemarin");
		expect(jakarta.brief(midnight, midnight + 1)).toBe("00.00");
	});
	it("survive a zone that the browser does not know", () => {
		expect(makeFormat("en", "Mars/Olympus").zone).toBe("UTC");
	});

	it("are brief in lists", () => {
		const now = Date.UTC(2026, 10, 22, 10, 0);
		const hour = 3_600_000;
		expect(jakarta.brief(at, now)).toBe("14.05");
		expect(jakarta.brief(at - 15 * hour, now)).toBe("kemarin"); // 23.05 the day before, 18 hours ago
		expect(jakarta.brief(at - 3 * 24 * hour, now)).toBe("Kamis");
		expect(jakarta.brief(at - 30 * 24 * hour, now)).toBe("23 Okt 2026");
		expect(jayapura.brief(at - 17 * hour, now)).toBe("yesterday");
	});

	it("name days between days", () => {
		const now = Date.UTC(2026, 10, 24, 10, 0);
		expect(jakarta.day(at, now)).toBe("Minggu, 22 November 2026");
		expect(jakarta.day(now, now)).toBe("hari ini");
		expect(jayapura.day(now - 24 * 3_600_000, now)).toBe("yesterday");
	});

	it("are relative in both directions", () => {
		expect(jayapura.relative(at - 5 * 60_000, at)).toBe("5 minutes ago");
		expect(jakarta.relative(at + 2 * 3_600_000, at)).toBe("dalam 2 jam");
	});
});

describe("numbers", () => {
	it("are rupiah without cents", () => {
		expect(jakarta.rupiah(1_250_000)).toBe("Rp1.250.000");
		expect(jayapura.rupiah(25_000)).toBe("Rp25.000");
	});

	it("are sizes and durations", () => {
		expect(jakarta.bytes(999)).toBe("999 B");
		expect(jakarta.bytes(1_540_000)).toBe("1,5 MB");
		expect(jayapura.bytes(2_000_000_000)).toBe("2 GB");
		expect(jakarta.duration(7)).toBe("0:07");
		expect(jakarta.duration(3723)).toBe("1:02:03");
	});

	it("are phone numbers as people write them", () => {
		expect(phoneNumber("6281290641111")).toBe("+62 812-9064-1111");
		expect(phoneNumber("12025550123")).toBe("+12025550123");
		expect(phoneNumber("Sari")).toBe("Sari");
	});
});
