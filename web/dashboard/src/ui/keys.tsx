const mac = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform);

/** How a keyboard's keys are written: "mod+k" is ⌘K or Ctrl K. */
export function keyNames(keys: string): string[] {
	return keys.split(/[+ ]/).map((key) => {
		if (key === "mod") return mac ? "⌘" : "Ctrl";
		if (key === "shift") return mac ? "⇧" : "Shift";
		if (key === "enter") return "↵";
		if (key === "esc") return "Esc";
		return key.length === 1 ? key.toUpperCase() : key;
	});
}

/** A shortcut as little keys. */
export function Keys({ keys }: { keys: string }) {
	return (
		<span className="inline-flex gap-1" aria-hidden>
			{keyNames(keys).map((name) => (
				<kbd key={name} className="min-w-5 rounded-sm border border-current/30 px-1 text-center font-sans text-xs">
					{name}
				</kbd>
			))}
		</span>
	);
}
