import { type PointerEvent, type ReactElement, Suspense, useEffect, useRef, useState } from "react";
import { lazily } from "@/lib/lazily";
import { also } from "./opener";

const TooltipPanel = lazily(() => import("./above").then((m) => ({ default: m.TooltipPanel })));

/** How long a hand rests before the name is shown, in milliseconds. */
const rest = 400;

interface TooltipProps {
	text: string;
	/** A shortcut such as "mod+k", shown beside the text. */
	keys?: string;
	children: ReactElement;
}

/** Names what a picture does. Never the only place where something is said: fingers don't hover. */
export function Tooltip({ text, keys, children }: TooltipProps) {
	const [at, setAt] = useState<HTMLElement | null>(null);
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	const hide = () => {
		clearTimeout(timer.current);
		setAt(null);
	};
	useEffect(() => () => clearTimeout(timer.current), []);
	useEffect(() => {
		if (!at) return;
		// What it names may scroll away from under it, and Escape takes it away.
		const gone = (e: Event) => (!(e instanceof KeyboardEvent) || e.key === "Escape") && setAt(null);
		addEventListener("scroll", gone, true);
		addEventListener("keydown", gone, true);
		return () => {
			removeEventListener("scroll", gone, true);
			removeEventListener("keydown", gone, true);
		};
	}, [at]);
	return (
		<>
			{also(children, {
				onPointerEnter: (e: PointerEvent) => {
					const target = e.currentTarget as HTMLElement;
					clearTimeout(timer.current);
					if (e.pointerType !== "touch") timer.current = setTimeout(() => setAt(target), rest);
				},
				onPointerLeave: hide,
				onPointerDown: hide,
				onFocus: (e) => {
					if (e.currentTarget.matches(":focus-visible")) setAt(e.currentTarget as HTMLElement);
				},
				onBlur: hide,
				onClick: hide,
			})}
			{at?.isConnected && (
				<Suspense>
					<TooltipPanel at={at} text={text} keys={keys} />
				</Suspense>
			)}
		</>
	);
}
