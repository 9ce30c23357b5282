import { expect, it } from "vitest";
import { identityOf, safeBack } from "./identity";

it("nobody is signed in while a second factor is wanted", () => {
	expect(identityOf({ second_factor: { methods: ["totp"] } })).toBeUndefined();
});

it("leads back to addresses of ours only", () => {
	for (const back of ["//evil.example", "/\\evil.example", "https://evil.example", "evil", undefined, 7])
		expect(safeBack(back), String(back)).toBe("/");
	expect(safeBack("/invitations/abc?x=1")).toBe("/invitations/abc?x=1");
});
