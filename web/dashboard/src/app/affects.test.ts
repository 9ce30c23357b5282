import { expect, it } from "vitest";
import { affectedBy } from "./affects";

it.each([
	["contact.changed", [["contacts"]]],
	["contact.presence", []],
	["label.changed", [["labels"]]],
	["nothing.known", []],
])("%s makes old %j", (type, want) => expect(affectedBy(type)).toEqual(want));
