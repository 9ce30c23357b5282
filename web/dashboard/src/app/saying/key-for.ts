import { useRef } from "react";
import { newKey } from "@/lib/api/client";

/** The Idempotency-Key of a form: the same while it says the same, so that trying again makes no second thing. */
export function useKeyFor(): (body: unknown) => string {
	const last = useRef<{ text: string; key: string }>(undefined);
	return (body) => {
		const text = JSON.stringify(body);
		if (last.current?.text !== text) last.current = { text, key: newKey() };
		return last.current.key;
	};
}
