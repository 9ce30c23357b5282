import type { LucideIcon } from "lucide-react";
import { useEffect } from "react";
import { Store, useStore } from "./store";

/** A deed that the palette offers. */
export interface Command {
	id: string;
	label: string;
	icon?: LucideIcon;
	/** Beside the label, where several are called alike. */
	detail?: string;
	/** Other words by which it is found. */
	also?: string;
	/** Keys that do the same. */
	keys?: string;
	run: () => void;
}

const store = new Store<Map<string, Command[]>>(new Map());

/** Offers commands in the palette while the component is there. owner tells lists apart; keep commands with useMemo. */
export function useCommands(owner: string, commands: Command[]): void {
	useEffect(() => {
		store.set(new Map(store.get()).set(owner, commands));
		return () => {
			const rest = new Map(store.get());
			rest.delete(owner);
			store.set(rest);
		};
	}, [owner, commands]);
}

export function useCommandList(): Command[] {
	return [...useStore(store).values()].flat();
}
