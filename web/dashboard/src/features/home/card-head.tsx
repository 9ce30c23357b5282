import { Download } from "lucide-react";
import { base } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button } from "@/ui";
import { figuresWords } from "./figures-words";

interface CardHeadProps {
	title: string;
	hint?: string;
	table: "days" | "hours" | "members" | "devices";
	/** What the figures were asked for, which the file has too. */
	query: Record<string, string | undefined>;
}

/** The name of a chart, and its figures as a file. */
export function CardHead({ title, hint, table, query }: CardHeadProps) {
	const t = useWords(figuresWords);
	const address = new URLSearchParams({ table });
	for (const [name, value] of Object.entries(query)) if (value) address.set(name, value);
	return (
		<div className="flex items-start gap-3">
			<div className="min-w-0 flex-1">
				<h3 className="text-base">{title}</h3>
				{hint && <p className="text-sm text-soft">{hint}</p>}
			</div>
			<Button asChild size="sm" className="max-md:h-11">
				<a href={`${base}/stats/csv?${address}`} download aria-label={t("csvOf", { title })}>
					<Download aria-hidden />
					{t("csv")}
				</a>
			</Button>
		</div>
	);
}
