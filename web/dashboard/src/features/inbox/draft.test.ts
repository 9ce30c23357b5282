// @vitest-environment jsdom
import { expect, it } from "vitest";
import { forgetOwn } from "@/lib/own";
import { draftOf, keepDraft } from "./draft";

it("is its writer's alone, and goes with them", () => {
	keepDraft("ani", "c", { text: "Halo\nKak", at: 5 });
	expect(draftOf("ani", "c")).toEqual({ text: "Halo\nKak", at: 5 });
	expect(draftOf("budi", "c")).toEqual({ text: "", at: 0 });
	keepDraft("budi", "c", { text: "Punya Budi", at: 6 });
	forgetOwn("ani");
	expect([draftOf("ani", "c").text, draftOf("budi", "c").text]).toEqual(["", "Punya Budi"]);
	keepDraft("budi", "c", { text: " ", at: 7 });
	expect(localStorage.length, "what is empty is not kept").toBe(0);
});
