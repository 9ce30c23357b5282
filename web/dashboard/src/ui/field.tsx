import { CircleAlert } from "lucide-react";
import { createContext, type ReactNode, useContext, useId } from "react";
import { Fault } from "@/lib/api/fault";
import { cn } from "./cn";

interface Wiring {
	id: string;
	describedBy?: string;
	invalid: boolean;
}

const Context = createContext<Wiring | null>(null);

interface FieldProps {
	label: ReactNode;
	/** The name of the field in the API: an error of it is shown here. */
	name?: string;
	hint?: ReactNode;
	/** What went wrong when the form was sent, of any field or none. */
	fault?: unknown;
	/** Something that the screen itself found wrong. */
	error?: string;
	/** The label is there for screen readers only. */
	hideLabel?: boolean;
	className?: string;
	children: ReactNode;
}

/** A label, something to fill in, a hint and what is wrong with it, tied together for screen readers. */
export function Field({ label, name, hint, fault, error, hideLabel, className, children }: FieldProps) {
	const id = useId();
	const wrong = error ?? (name && fault instanceof Fault && fault.field === name ? fault.text : undefined);
	const described = wrong ? `${id}-error` : hint ? `${id}-hint` : undefined;
	return (
		<div className={cn("base:min-w-0 flex flex-col gap-1.5", className)}>
			<label htmlFor={id} className={hideLabel ? "sr-only" : "font-medium text-sm"}>
				{label}
			</label>
			<Context value={{ id, describedBy: described, invalid: Boolean(wrong) }}>{children}</Context>
			{wrong ? (
				<p id={`${id}-error`} className="flex items-start gap-1.5 text-bad text-sm" role="alert">
					<CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
					{wrong}
				</p>
			) : (
				hint && (
					<p id={`${id}-hint`} className="text-soft text-sm">
						{hint}
					</p>
				)
			)}
		</div>
	);
}

/** What a control inside of a Field spreads on its element. */
export function useField() {
	const wiring = useContext(Context);
	if (!wiring) return {};
	return { id: wiring.id, "aria-describedby": wiring.describedBy, "aria-invalid": wiring.invalid || undefined };
}

/** What went wrong with a whole form, where no field is to blame. */
export function FormFault({ fault, fields = [] }: { fault: unknown; fields?: string[] }) {
	if (!fault || (fault instanceof Fault && fault.field && fields.includes(fault.field))) return null;
	return (
		<p className="flex items-start gap-2 rounded-md bg-bad-soft px-3 py-2 text-bad text-sm" role="alert">
			<CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
			{fault instanceof Error ? fault.message : String(fault)}
		</p>
	);
}
