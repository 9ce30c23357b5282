import { ChevronDown } from "lucide-react";
import type { InputHTMLAttributes, Ref, SelectHTMLAttributes, TextareaHTMLAttributes } from "react";
import { cn } from "./cn";
import { useField } from "./field";

const box =
	"base:w-full base:border-line-strong base:bg-raised base:px-3 min-w-0 rounded-md border text-ink placeholder:text-soft disabled:opacity-60 aria-invalid:border-bad max-md:text-base";

export function Input({ className, ...rest }: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
	return <input {...useField()} className={cn(box, "h-10 max-md:h-11", className)} {...rest} />;
}

export function Textarea({
	className,
	...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
	return (
		<textarea
			{...useField()}
			rows={3}
			className={cn(box, "field-sizing-content base:max-h-80 min-h-20 py-2", className)}
			{...rest}
		/>
	);
}

/** A choice out of a few. The system's own list: it is the best one on a phone. Options are its children. */
export function Select({
	className,
	children,
	...rest
}: SelectHTMLAttributes<HTMLSelectElement> & { ref?: Ref<HTMLSelectElement> }) {
	return (
		<span className={cn("relative block", className)}>
			<select {...useField()} className={cn(box, "h-10 appearance-none pr-9 max-md:h-11")} {...rest}>
				{children}
			</select>
			<ChevronDown
				className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-soft"
				aria-hidden
			/>
		</span>
	);
}
