import { SaidBubble } from "@/app/saying/bubble";
import { phoneNumber } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import { Card, ErrorState, Skeleton } from "@/ui";
import { editorWords } from "./editor-words";
import type { Broadcast } from "./model";
import { useSamples } from "./more";
import { reasonOf } from "./reason-words";

/** What the first ten of the audience would get, with the reason where it is nothing. */
export function ServerSamples({ one }: { one: Broadcast }) {
	const t = useWords(editorWords);
	const language = useLanguage();
	const samples = useSamples(one);
	const list = samples.data?.samples ?? [];
	return (
		<Card className="flex flex-col gap-3">
			<h2 className="text-lg">{t("samples")}</h2>
			{samples.isPending && <Skeleton className="h-24" />}
			{samples.error && !samples.data && <ErrorState error={samples.error} onRetry={() => void samples.refetch()} />}
			{samples.data && (
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
				<section aria-label={t("samples")} tabIndex={0} className="max-h-96 overflow-y-auto rounded-lg bg-sunken p-3">
					<ol className="flex flex-col gap-3">
						{list.map((sample, i) => (
							// biome-ignore lint/suspicious/noArrayIndexKey: somebody may be in it twice
							<li key={i} className="flex flex-col gap-1">
								<p className="outside self-end text-soft text-xs">
									{t("sampleTo", { name: sample.name || phoneNumber(sample.phone ?? "") || "–" })}
									{one.variants.length > 1 && ` · ${t("textN", { n: sample.variant })}`}
								</p>
								{sample.code ? (
									<p className="outside self-end rounded-md bg-warn-soft px-2.5 py-1.5 text-sm text-warn">
										{(language === "id" ? sample.reason : sample.reason_en) || reasonOf(sample.code)}
									</p>
								) : (
									<SaidBubble text={sample.text} fileId={one.variants[sample.variant - 1]?.file_id} />
								)}
							</li>
						))}
					</ol>
				</section>
			)}
		</Card>
	);
}
