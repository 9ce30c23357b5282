import { expect, it } from "vitest";
import { zones } from "./zones";

it("begins with Indonesia's zones and has each zone once, the present one too", () => {
	const values = zones("Mars/Olympus").map((zone) => zone.value);
	expect(values.slice(0, 3)).toEqual(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]);
	expect(values).toContain("Mars/Olympus");
	expect(values).toContain("Europe/London");
	expect(new Set(values).size).toBe(values.length);
});
