import { SaidBubble } from "@/app/saying/bubble";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Card } from "@/ui";
import type { Preset } from "./draft";
import { editorWords } from "./editor-words";
import type { Broadcast } from "./model";
import { oneWords } from "./one-words";
import { DeviceNames } from "./row";

/** What it says, and how it goes. */
export function Said({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const e = useWords(editorWords);
	const format = useFormat();
	const { window: hours } = one;
	return (
		<Card className="grid gap-5 md:grid-cols-2">
			<section aria-label={t("message")} className="flex min-w-0 flex-col gap-2">
				<h2 className="font-medium text-sm text-soft">{t("message")}</h2>
				{one.variants.map((variant, i) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: a variant is known by its place
					<div key={i} className="flex flex-col gap-1 [&>*]:self-start">
						{one.variants.length > 1 && <p className="text-soft text-xs">{t("variantN", { n: i + 1 })}</p>}
						<SaidBubble text={variant.text} fileId={variant.file_id} />
					</div>
				))}
			</section>
			<section aria-label={t("sending")} className="flex min-w-0 flex-col gap-2">
				<h2 className="font-medium text-sm text-soft">{t("sending")}</h2>
				<dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
					<dt className="text-soft">{t("from")}</dt>
					<dd className="flex min-w-0">
						<DeviceNames one={one} />
					</dd>
					<dt className="text-soft">{e("pace")}</dt>
					<dd>{e(`p_${(one.pacing.preset ?? "") as Preset}`)}</dd>
					{hours && (
						<>
							<dt className="text-soft">{t("hours")}</dt>
							<dd className="tabular-nums">
								{format.clock(hours.from)}–{format.clock(hours.to)}
								{hours.days && hours.days.length > 0 && (
									<> · {hours.days.map((day) => e(`d${day as 0 | 1 | 2 | 3 | 4 | 5 | 6}`)).join(", ")}</>
								)}
							</dd>
						</>
					)}
				</dl>
			</section>
		</Card>
	);
}
