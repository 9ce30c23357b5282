// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { meaningOf } from "./reasons";

const go = new URL("../../../../../internal/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, go), "utf8");

it("knows every code with which a message fails or is held", () => {
	const driver = read("device/whatsapp/senderror.go");
	const pace = readdirSync(new URL("governor/pace/", go)).filter((name) => /(?<!_test)\.go$/.test(name));
	const codes = [
		...[...driver.matchAll(/device\.Send\w+, "([a-z_]+)"/g)].map((m) => m[1]),
		...[...driver.matchAll(/^\t(\d{3}): +device\.Send/gm)].map((m) => m[1]),
		...[
			...pace
				.map((name) => read(`governor/pace/${name}`))
				.join("")
				.matchAll(/Why\w+ +(?:Why +)?= "([a-z_]+)"/g),
		].map((m) => `pace_${m[1]}`),
	];
	expect(codes.length, "codes that were found in the source").toBeGreaterThan(30);
	expect(codes.filter((code) => !meaningOf(code))).toEqual([]);
	expect(meaningOf("brand_new")).toBeUndefined();
});
