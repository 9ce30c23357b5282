import { expect, it } from "vitest";
import { matches } from "./match";

it.each([
	["message.received", "message.received", true],
	["message.*", "message.received", true],
	["message.*", "messages.received", false],
	["message.*", "message", false],
	["*", "anything.at.all", true],
	["message.received", "message.sent", false],
])("%s of %s is %s", (pattern, type, want) => {
	expect(matches(pattern, type)).toBe(want);
});
