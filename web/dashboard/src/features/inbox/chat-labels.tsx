import { labelTint } from "@/app/label-mark";
import { useWords } from "@/lib/words";
import { useLabelsOf } from "./labels";
import { inboxWords } from "./words";

/** How many labels a row names; the others are counted. */
const most = 2;

/** The labels of a chat under its last words. Whoever hears the row hears all of them. */
export function ChatLabels({ ids }: { ids: string[] }) {
	const t = useWords(inboxWords);
	const labels = useLabelsOf(ids);
	if (labels.length === 0) return null;
	const names = labels.map((label) => label.name).join(", ");
	return (
		<span className="mt-0.5 flex items-center gap-1 text-ink text-xs leading-4" title={names}>
			<span className="sr-only">{`${t("label")}: ${names}`}</span>
			{labels.slice(0, most).map(({ id, name, color }) => (
				<span
					key={id}
					aria-hidden
					className="min-w-0 max-w-32 truncate rounded-full px-1.5"
					style={{ backgroundColor: labelTint(color) }}
				>
					<bdi>{name}</bdi>
				</span>
			))}
			{labels.length > most && (
				<span aria-hidden className="shrink-0 text-soft">
					{`+${labels.length - most}`}
				</span>
			)}
		</span>
	);
}
