import { cn } from "@/ui";

/** WhatsApp's palette of labels; a label has the number of one of these. They are told apart by their names, which stand beside them. */
export const labelColors = [
	"#ff9485",
	"#64c4ff",
	"#ffd429",
	"#dfaef0",
	"#99b6c1",
	"#55ccb3",
	"#ff9dff",
	"#d3a91d",
	"#6d7cce",
	"#d7e752",
	"#00d0e2",
	"#ffc5c7",
	"#93ceac",
	"#f74848",
	"#00a0f2",
	"#83e422",
	"#ffaf04",
	"#b5ebff",
	"#9ba6ff",
	"#9368cf",
] as const;

/** How much of a label's colour is in the ground of its name, in percent: as much as ink can be read on, by day and by night. */
export const tintStrength = 30;

/** The ground of a label's name. */
export function labelTint(color: number): string {
	return `color-mix(in srgb, ${labelColors[color]} ${tintStrength}%, transparent)`;
}

/** The colour of a label, beside its name. */
export function LabelDot({ color, className }: { color: number; className?: string }) {
	return (
		<span
			aria-hidden
			className={cn("inline-block shrink-0 rounded-full border border-line-strong base:size-3", className)}
			style={{ backgroundColor: labelColors[color] }}
		/>
	);
}
