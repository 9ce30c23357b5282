import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import { type ButtonHTMLAttributes, type MouseEvent, type ReactNode, type Ref, useEffect, useRef } from "react";
import { cn } from "./cn";
import { Tooltip } from "./tooltip";

const look = cva(
	"inline-flex shrink-0 select-none items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:size-4.5 [&_svg]:shrink-0",
	{
		variants: {
			/** main: the one thing to do here. plain: anything else. quiet: in rows and bars. danger: destroys. */
			kind: {
				main: "bg-accent text-on-accent hover:bg-accent-strong",
				plain: "border border-line bg-surface text-ink hover:bg-sunken",
				quiet: "text-ink hover:bg-sunken",
				danger: "bg-bad-solid text-on-bad hover:opacity-90",
			},
			size: { sm: "h-9 px-3 text-sm", md: "h-10 px-4 max-md:h-11", lg: "h-12 px-5 text-base" },
		},
		defaultVariants: { kind: "plain", size: "md" },
	},
);

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
	VariantProps<typeof look> & {
		ref?: Ref<HTMLButtonElement>;
		/** Something is under way: it can't be pressed and says so. */
		busy?: boolean;
		/** The only child takes the look: a link. */
		asChild?: boolean;
	};

export function Button({ kind, size, busy, asChild, className, children, disabled, ...rest }: ButtonProps) {
	if (asChild) {
		return (
			<Slot.Root className={cn(look({ kind, size }), className)} {...rest}>
				{children}
			</Slot.Root>
		);
	}
	return (
		<button
			type="button"
			className={cn(look({ kind, size }), className)}
			disabled={disabled || busy}
			aria-busy={busy || undefined}
			{...rest}
		>
			{busy && <LoaderCircle className="animate-spin" aria-hidden />}
			{children}
		</button>
	);
}

type IconButtonProps = Omit<ButtonProps, "children" | "asChild" | "size"> & {
	/** What it does: its name for screen readers and in the tooltip. */
	label: string;
	/** Keys that do the same, shown in the tooltip. */
	keys?: string;
	children: ReactNode;
};

/** A button that is only a picture. */
export function IconButton({ label, keys, kind = "quiet", className, children, ...rest }: IconButtonProps) {
	return (
		<Tooltip text={label} keys={keys}>
			<Button
				kind={kind}
				className={cn("size-10 p-0 max-md:size-11 [&_svg]:size-5", className)}
				aria-label={label}
				{...rest}
			>
				{children}
			</Button>
		</Tooltip>
	);
}

/** How long a second tap may take that belongs to the first one, in milliseconds. */
const secondTap = 500;

/** An IconButton that takes another's place under the finger: the second tap of two was meant for the other, and does nothing. */
export function LateIconButton({ onClick, ...rest }: IconButtonProps) {
	const since = useRef(0);
	useEffect(() => {
		since.current = performance.now();
	}, []);
	const click = (event: MouseEvent<HTMLButtonElement>) => {
		if (performance.now() - since.current > secondTap) onClick?.(event);
	};
	return <IconButton onClick={click} {...rest} />;
}
