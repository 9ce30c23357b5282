import { cva, type VariantProps } from "class-variance-authority";
import type { HTMLAttributes } from "react";
import { cn } from "./cn";

const look = cva("inline-flex items-center gap-1 rounded-full px-2 py-0.5 font-medium text-xs whitespace-nowrap", {
	variants: {
		/** plain: a word. accent: chosen. good, warn, bad: what a state means. count: how many are unread. */
		kind: {
			plain: "bg-sunken text-soft",
			accent: "bg-accent-soft text-accent-ink",
			good: "bg-good-soft text-good",
			warn: "bg-warn-soft text-warn",
			bad: "bg-bad-soft text-bad",
			count: "min-w-5 justify-center bg-spice px-1.5 text-on-spice tabular-nums",
		},
	},
	defaultVariants: { kind: "plain" },
});

/** A word or a number about something. Colour never says it alone. */
export function Badge({ kind, className, ...rest }: HTMLAttributes<HTMLSpanElement> & VariantProps<typeof look>) {
	return <span className={cn(look({ kind }), className)} {...rest} />;
}
