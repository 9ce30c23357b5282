import { Mark } from "@/ui/mark";

/** While it is found out who is there. */
export function Splash() {
	return (
		<div className="flex h-dvh items-center justify-center">
			<Mark className="size-14 animate-pulse" />
		</div>
	);
}
