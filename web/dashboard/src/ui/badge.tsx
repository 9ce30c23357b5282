import { cva, type VariantProps } from "class-variance-authority";
import type { HTMLAttributes } from "react";
import { cn } from "./cn";

const look = cva("inline-flex items-center gap-1 rounded-full base:px-2 py-0.5 font-medium text-xs whitespace-nowrap", {
	variants: {
		/** plain: a word. accent: chosen. good, warn, bad: what a state means. count: how many are unread. */
		kind: {
			plain: "base:text-soft bg-sunken",
			accent: "base:text-accent-ink bg-accent-soft",
			good: "base:text-good bg-good-soft",
			warn: "base:text-warn bg-warn-soft",
			bad: "base:text-bad bg-bad-soft",
			count: "base:min-w-5 justify-center base:text-on-spice bg-spice px-1.5 tabular-nums",
		},
	},
	defaultVariants: { kind: "plain" },
});

/** A word or a number about something. Colour never says it alone. */
export function Badge({ kind, className, ...rest }: HTMLAttributes<HTMLSpanElement> & VariantProps<typeof look>) {
	return <span className={cn(look({ kind }), className)} {...rest} />;
}
