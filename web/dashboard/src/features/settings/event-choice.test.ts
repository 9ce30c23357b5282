import { describe, expect, it } from "vitest";
import { grouped, hasGroup, holds, notesOf, withGroup, withType } from "./event-choice";

const all = ["message.received", "message.sent", "device.state", "team.changed"];

describe("the events of a webhook", () => {
	it("are grouped by their first part", () => {
		expect(grouped(all)).toEqual([
			["message", ["message.received", "message.sent"]],
			["device", ["device.state"]],
			["team", ["team.changed"]],
		]);
	});

	it("are held by everything, by their group, by themselves", () => {
		expect(holds(["*"], "message.sent")).toBe(true);
		expect(holds(["message.*"], "message.sent")).toBe(true);
		expect(holds(["message.sent"], "message.sent")).toBe(true);
		expect(holds(["message.sent", "device.*"], "message.received")).toBe(false);
	});

	it("of a group lose one without losing the others", () => {
		expect(withType(["message.*", "device.*"], "message.sent", false, all)).toEqual([
			"message.received",
			"device.state",
		]);
		expect(withType(["device.*"], "message.sent", true, all)).toEqual(["device.*", "message.sent"]);
		expect(withType(["device.*"], "device.state", true, all)).toEqual(["device.*"]);
	});

	it("that members write for each other are not in everything", () => {
		const more = [...all, "note.created", "note.deleted"];
		expect(holds(["*"], "note.created")).toBe(false);
		expect(holds(["*", "note.*"], "note.created")).toBe(true);
		expect(hasGroup(["*"], "note")).toBe(false);
		expect(withGroup(["*"], "note", true, more)).toEqual(["*", "note.*"]);
		expect(withGroup(["*", "note.*"], "note", false, more)).toEqual(["*"]);
		expect(withGroup(["*", "note.created"], "team", false, more)).toEqual(["message.*", "device.*", "note.created"]);
		expect(withType(["*"], "note.created", true, more)).toEqual(["*", "note.created"]);
		expect(notesOf(["*", "note.created", "team.*"])).toEqual(["note.created"]);
	});

	it("come and go by whole groups", () => {
		expect(withGroup(["message.sent"], "message", true, all)).toEqual(["message.*"]);
		expect(withGroup(["*"], "team", false, all)).toEqual(["message.*", "device.*"]);
		expect(withGroup(["message.*", "team.changed"], "team", false, all)).toEqual(["message.*"]);
	});
});
