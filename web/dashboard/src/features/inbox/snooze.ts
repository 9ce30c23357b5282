export type SnoozeName = "in1h" | "in3h" | "tomorrow" | "nextWeek";

/** Until when one puts things off: an hour, three, tomorrow or Monday at eight, as this device's clock has it. */
export function snoozes(now: number): { name: SnoozeName; at: number }[] {
	const hour = 3_600_000;
	const morning = (days: number) => {
		const day = new Date(now);
		day.setDate(day.getDate() + days);
		day.setHours(8, 0, 0, 0);
		return day.getTime();
	};
	const toMonday = (8 - new Date(now).getDay()) % 7 || 7;
	return [
		{ name: "in1h", at: now + hour },
		{ name: "in3h", at: now + 3 * hour },
		{ name: "tomorrow", at: morning(1) },
		{ name: "nextWeek", at: morning(toMonday) },
	];
}
