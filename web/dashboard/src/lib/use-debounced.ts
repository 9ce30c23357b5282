import { useEffect, useState } from "react";

/** The value as it was when it last stayed the same for a moment, in milliseconds. Equal means equal as JSON. */
export function useDebounced<T>(value: T, pause = 300): T {
	const [settled, setSettled] = useState(value);
	const text = JSON.stringify(value);
	useEffect(() => {
		const timer = setTimeout(() => setSettled(JSON.parse(text) as T), pause);
		return () => clearTimeout(timer);
	}, [text, pause]);
	return settled;
}
