export interface Day {
	/** Unix milliseconds. */
	from: number;
	to: number;
	sends: number;
}

/** The hours of a timetable put together by day; dateOf says which day a moment is on. */
export function daysOf(hours: { from: number; to: number; sends: number }[], dateOf: (at: number) => string): Day[] {
	const days: Day[] = [];
	let last = "";
	for (const hour of hours) {
		const date = dateOf(hour.from);
		const day = days.at(-1);
		if (day && date === last) {
			day.to = hour.to;
			day.sends += hour.sends;
		} else days.push({ from: hour.from, to: hour.to, sends: hour.sends });
		last = date;
	}
	return days;
}
