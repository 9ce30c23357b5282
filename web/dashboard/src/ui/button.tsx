import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import {
	type ButtonHTMLAttributes,
	type MouseEvent,
	type ReactElement,
	type ReactNode,
	type Ref,
	useEffect,
	useRef,
} from "react";
import { cn } from "./cn";
import { also } from "./opener";
import { Tooltip } from "./tooltip";

const look = cva(
	"base:justify-center base:whitespace-nowrap base:rounded-md inline-flex shrink-0 select-none items-center gap-2 font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:shrink-0",
	{
		variants: {
			/** main: the one thing to do here. plain: anything else. quiet: in rows and bars. danger: destroys. */
			kind: {
				main: "base:text-on-accent bg-accent hover:bg-accent-strong",
				plain: "base:text-ink border border-line bg-surface hover:bg-sunken",
				quiet: "base:text-ink hover:bg-sunken",
				danger: "base:text-on-bad bg-bad-solid hover:opacity-90",
			},
			/** icon: as wide as high, of a button that is only a picture. */
			size: {
				sm: "base:h-9 base:px-3 text-sm [&_svg]:size-4.5",
				md: "base:h-10 base:px-4 base:max-md:h-11 [&_svg]:size-4.5",
				lg: "base:h-12 base:px-5 text-base [&_svg]:size-4.5",
				icon: "base:size-10 base:max-md:size-11 p-0 [&_svg]:size-5",
			},
		},
		defaultVariants: { kind: "plain", size: "md" },
	},
);

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
	VariantProps<typeof look> & {
		ref?: Ref<HTMLButtonElement>;
		/** Something is under way: it can't be pressed and says so. */
		busy?: boolean;
		/** The only child, a link, takes the look and all else that is given. */
		asChild?: boolean;
	};

export function Button({ kind, size, busy, asChild, className, children, disabled, ...rest }: ButtonProps) {
	if (asChild) {
		const link = children as ReactElement<{ className?: string }>;
		return also(link, {
			...(rest as Record<string, unknown>),
			className: cn(look({ kind, size }), className, link.props.className),
		});
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
export function IconButton({ label, keys, kind = "quiet", children, ...rest }: IconButtonProps) {
	return (
		<Tooltip text={label} keys={keys}>
			<Button kind={kind} size="icon" aria-label={label} {...rest}>
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
