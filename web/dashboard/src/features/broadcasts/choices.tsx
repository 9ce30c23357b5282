import type { ReactNode } from "react";
import { cn } from "@/ui";

interface ChoicesProps<V extends string> {
	label: string;
	value: V;
	onChange: (value: V) => void;
	choices: { value: V; label: ReactNode }[];
	className?: string;
}

/** One out of a few, as pills beside each other. */
export function Choices<V extends string>({ label, value, onChange, choices, className }: ChoicesProps<V>) {
	return (
		<fieldset aria-label={label} className={cn("flex flex-wrap gap-1.5", className)}>
			{choices.map((one) => (
				<button
					key={one.value}
					type="button"
					aria-pressed={value === one.value}
					onClick={() => onChange(one.value)}
					className={cn(
						"inline-flex min-h-9 shrink-0 items-center gap-1.5 rounded-full border px-3 text-sm max-md:min-h-11",
						value === one.value
							? "border-accent bg-accent-soft font-medium text-accent-ink"
							: "border-line bg-surface hover:bg-sunken",
					)}
				>
					{one.label}
				</button>
			))}
		</fieldset>
	);
}

interface TickedProps {
	label: string;
	chosen: string[];
	onChange: (chosen: string[]) => void;
	choices: { value: string; label: ReactNode }[];
}

/** Any number out of a few. */
export function Ticked({ label, chosen, onChange, choices }: TickedProps) {
	const toggle = (value: string) =>
		onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
	return (
		<fieldset aria-label={label} className="flex flex-wrap gap-1.5">
			{choices.map((one) => {
				const on = chosen.includes(one.value);
				return (
					<button
						key={one.value}
						type="button"
						aria-pressed={on}
						onClick={() => toggle(one.value)}
						className={cn(
							"inline-flex min-h-9 max-w-full items-center gap-1.5 rounded-full border px-3 text-sm max-md:min-h-11",
							on
								? "border-accent bg-accent-soft font-medium text-accent-ink"
								: "border-line bg-surface hover:bg-sunken",
						)}
					>
						<span className="outside truncate">{one.label}</span>
					</button>
				);
			})}
		</fieldset>
	);
}

interface RadiosProps<V extends string> {
	name: string;
	legend: string;
	value: V;
	onChange: (value: V) => void;
	choices: { value: V; label: string; hint?: ReactNode }[];
	/** What is said of the chosen one, below it. */
	children?: ReactNode;
}

/** One out of a few that each need a line of explanation. What belongs to the chosen one is shown inside of it. */
export function Radios<V extends string>({ name, legend, value, onChange, choices, children }: RadiosProps<V>) {
	return (
		<fieldset className="flex flex-col gap-2">
			<legend className="sr-only">{legend}</legend>
			{choices.map((one) => {
				const on = value === one.value;
				return (
					<div key={one.value} className={cn("rounded-md border", on ? "border-accent" : "border-line")}>
						<label className="flex min-h-11 cursor-pointer items-start gap-3 px-3.5 py-2.5">
							<input
								type="radio"
								name={name}
								value={one.value}
								checked={on}
								onChange={() => onChange(one.value)}
								className="mt-0.5 size-5 shrink-0 accent-(--accent)"
							/>
							<span className="min-w-0">
								<span className={cn("block", on && "font-medium")}>{one.label}</span>
								{one.hint && <span className="block text-pretty text-soft text-sm">{one.hint}</span>}
							</span>
						</label>
						{on && children && <div className="flex flex-col gap-3 px-3.5 pb-3.5 sm:pl-11.5">{children}</div>}
					</div>
				);
			})}
		</fieldset>
	);
}
