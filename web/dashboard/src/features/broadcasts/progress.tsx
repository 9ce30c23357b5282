import { cn } from "@/ui";
import { type Counts, gone, wanted } from "./model";

/** How far a broadcast is: who got it, and who never will. The rest waits. */
export function ProgressBar({ counts, label, className }: { counts: Counts; label: string; className?: string }) {
	const all = Math.max(wanted(counts), 1);
	const reached = gone(counts);
	const lost = counts.failed + counts.cancelled;
	return (
		<div
			role="progressbar"
			aria-label={label}
			aria-valuemin={0}
			aria-valuemax={all}
			aria-valuenow={reached + lost}
			className={cn("flex h-2.5 w-full overflow-hidden rounded-full bg-sunken", className)}
		>
			<span className="bg-accent transition-[width]" style={{ width: `${(reached / all) * 100}%` }} />
			<span className="bg-bad transition-[width]" style={{ width: `${(counts.failed / all) * 100}%` }} />
			<span className="bg-line-strong transition-[width]" style={{ width: `${(counts.cancelled / all) * 100}%` }} />
		</div>
	);
}
