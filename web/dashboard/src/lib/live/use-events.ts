import { useEffect, useEffectEvent } from "react";
import { type LiveEvent, live } from "./live";
import { matches } from "./match";

/**
 * Calls fn for each event of the types while the component is there: useEvents(["chat.typing"], fn). Types may end in
 * ".*". To have a list follow along, a line in app/affects.ts is enough; this is for what a screen does beside that.
 */
export function useEvents(types: string[], fn: (event: LiveEvent) => void): void {
	const run = useEffectEvent(fn);
	const key = types.join(" ");
	useEffect(() => {
		const wanted = key.split(" ");
		return live.listen((event) => {
			if (wanted.some((pattern) => matches(pattern, event.type))) run(event);
		});
	}, [key]);
}
