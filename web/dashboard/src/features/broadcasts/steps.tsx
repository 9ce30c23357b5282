import { Check } from "lucide-react";
import { useWords } from "@/lib/words";
import { cn } from "@/ui";
import { editorWords } from "./editor-words";

const steps = [0, 1, 2, 3] as const;

/** The steps, of which those that are filled in can be gone back to. */
export function Steps({ at, onStep }: { at: number; onStep: (step: number) => void }) {
	const t = useWords(editorWords);
	return (
		<nav aria-label={t("steps")}>
			<ol className="grid grid-cols-4 gap-1.5">
				{steps.map((step) => (
					<li key={step}>
						<button
							type="button"
							aria-current={step === at ? "step" : undefined}
							onClick={() => onStep(step)}
							className={cn(
								"flex min-h-11 w-full items-center justify-center gap-1.5 rounded-md border-t-4 px-1 pt-1 text-sm",
								step <= at ? "border-accent" : "border-line text-soft",
								step === at && "font-semibold",
							)}
						>
							{step < at && <Check className="size-4 shrink-0 text-good" aria-hidden />}
							{t(`step${step}`)}
						</button>
					</li>
				))}
			</ol>
		</nav>
	);
}
