import { describe, expect, it } from "vitest";
import { incomplete, type Repeat, readRule, repeatOf, ruleOf, tomorrow, weekly } from "./repeat";

const monday = new Date(2026, 10, 30, 9).getTime();
const repeat = (more: Partial<Repeat>): Repeat => ({ ...weekly(monday), ...more });

describe("a rule", () => {
	it.each<[Partial<Repeat>, string]>([
		[{}, "FREQ=WEEKLY;BYDAY=MO"],
		[{ days: [0, 4, 1] }, "FREQ=WEEKLY;BYDAY=MO,TH,SU"],
		[{ every: "day", ends: "times", times: 5 }, "FREQ=DAILY;COUNT=5"],
		[{ every: "month" }, "FREQ=MONTHLY;BYMONTHDAY=30"],
		[{ every: "month", monthDay: -1, ends: "until", until: "2027-01-31" }, "FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20270131"],
	])("of %o is %s", (more, rule) => {
		expect(ruleOf(repeat(more))).toBe(rule);
		const said = readRule(rule);
		expect(said?.every).toBe(repeat(more).every);
		expect(said?.until ?? said?.times).toBe(more.until ?? more.times);
		const again = repeatOf(rule, monday);
		expect(again && ruleOf(again)).toBe(rule);
	});

	it("is read back in the order of the week", () => {
		expect(readRule("FREQ=WEEKLY;BYDAY=SU,MO;COUNT=3")).toEqual({
			every: "week",
			days: [1, 0],
			monthDay: undefined,
			until: undefined,
			times: 3,
		});
		expect(readRule("FREQ=DAILY;UNTIL=20261202T020000Z")?.until).toBe(Date.UTC(2026, 11, 2, 2));
	});

	it.each([
		"FREQ=MONTHLY;BYDAY=1MO",
		"FREQ=DAILY;INTERVAL=2",
		"FREQ=DAILY;BYDAY=SA",
		"FREQ=MONTHLY;BYMONTHDAY=1,15",
		"FREQ=WEEKLY;BYDAY=MO;X=1",
		"",
	])("%s is more than words say", (rule) => expect(readRule(rule)).toBeUndefined());
});

it.each<[Partial<Repeat>, boolean]>([
	[{}, false],
	[{ days: [] }, true],
	[{ every: "day", days: [] }, false],
	[{ ends: "until", until: "" }, true],
	[{ ends: "times", times: 0 }, true],
	[{ ends: "times", times: Number.NaN }, true],
])("%o is incomplete: %s", (more, want) => expect(incomplete(repeat(more))).toBe(want));

it("begins tomorrow at nine, also at the end of a year", () => {
	expect(tomorrow(new Date(2026, 11, 31, 23, 59).getTime())).toBe(new Date(2027, 0, 1, 9).getTime());
});
