import { Check } from "lucide-react";
import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from "react";
import { cn } from "./cn";

type CheckProps = Omit<InputHTMLAttributes<HTMLInputElement>, "type" | "onChange"> & {
	ref?: Ref<HTMLInputElement>;
	label: ReactNode;
	hint?: ReactNode;
	/** The label is there for screen readers only. */
	hideLabel?: boolean;
	onChange?: (checked: boolean) => void;
};

/** One of several things, or a consent; it counts when the form is sent. */
export function Checkbox({ label, hint, hideLabel, onChange, className, ...rest }: CheckProps) {
	const id = useId();
	return (
		<div className={cn("base:items-start base:gap-2.5 flex", className)}>
			<span className="relative mt-0.5 inline-flex size-5 shrink-0">
				<input
					id={id}
					type="checkbox"
					aria-describedby={hint ? `${id}-hint` : undefined}
					onChange={(e) => onChange?.(e.target.checked)}
					className="peer size-5 appearance-none rounded-sm border border-line-strong bg-raised checked:border-accent checked:bg-accent disabled:opacity-60"
					{...rest}
				/>
				<Check
					className="pointer-events-none absolute inset-0.5 size-4 text-on-accent opacity-0 peer-checked:opacity-100"
					strokeWidth={3}
					aria-hidden
				/>
			</span>
			<CheckText id={id} label={label} hint={hint} hideLabel={hideLabel} />
		</div>
	);
}

/** Something that is on or off; it counts at once. */
export function Switch({ label, hint, hideLabel, onChange, className, ...rest }: CheckProps) {
	const id = useId();
	return (
		<div className={cn("flex items-start justify-between gap-4", className)}>
			<CheckText id={id} label={label} hint={hint} hideLabel={hideLabel} />
			<input
				id={id}
				type="checkbox"
				role="switch"
				aria-describedby={hint ? `${id}-hint` : undefined}
				onChange={(e) => onChange?.(e.target.checked)}
				className="relative mt-0.5 h-6 w-10.5 shrink-0 appearance-none rounded-full border border-line-strong bg-sunken transition-colors before:absolute before:top-0.5 before:left-0.5 before:size-4.5 before:rounded-full before:bg-line-strong before:transition-all checked:border-accent checked:bg-accent checked:before:left-5 checked:before:bg-on-accent disabled:opacity-60"
				{...rest}
			/>
		</div>
	);
}

function CheckText({
	id,
	label,
	hint,
	hideLabel,
}: {
	id: string;
	label: ReactNode;
	hint?: ReactNode;
	hideLabel?: boolean;
}) {
	return (
		<div className={hideLabel ? "sr-only" : "min-w-0"}>
			<label htmlFor={id}>{label}</label>
			{hint && (
				<p id={`${id}-hint`} className="text-soft text-sm">
					{hint}
				</p>
			)}
		</div>
	);
}
