import { Link } from "@tanstack/react-router";
import { Hourglass, Pause } from "lucide-react";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import type { Broadcast } from "./model";
import { oneWords } from "./one-words";
import { useDevices } from "./queries";
import { reasonOf } from "./reason-words";
import { useWhen } from "./when";

/** What keeps it from going on, until when, and what to do about it; of one that is over, why nobody got it. */
export function Holds({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const format = useFormat();
	const language = useLanguage();
	const when = useWhen();
	const { data: devices } = useDevices();
	if (one.state === "paused")
		return (
			<section aria-label={t("holds")} className="flex items-start gap-3 rounded-lg bg-warn-soft p-4 text-warn">
				<Pause className="mt-0.5 size-5 shrink-0" aria-hidden />
				<p className="text-pretty">
					{one.why && <strong>{reasonOf(one.why)}</strong>} {t("pausedHint")}
				</p>
			</section>
		);
	if (one.state === "done" && one.why)
		return (
			<p role="status" className="text-pretty rounded-lg bg-warn-soft p-4 text-warn">
				{language === "id" ? one.reason : one.reason_en}
			</p>
		);
	const { holds } = one.forecast;
	if (holds.length === 0) return null;
	return (
		<section aria-label={t("holds")} className="flex items-start gap-3 rounded-lg bg-warn-soft p-4 text-warn">
			<Hourglass className="mt-0.5 size-5 shrink-0" aria-hidden />
			<div className="min-w-0">
				<h2 className="font-semibold">{t("holds")}</h2>
				<ul className="flex flex-col gap-1">
					{holds.map((hold) => {
						const device = devices?.items.find((item) => item.id === hold.device_id);
						return (
							<li key={`${hold.code} ${hold.device_id}`} className="outside text-pretty">
								{device && <strong>{device.name}: </strong>}
								{(language === "id" ? hold.reason : hold.reason_en) || reasonOf(hold.code)}{" "}
								{t("hold", { count: hold.waiting, n: format.number(hold.waiting) })}{" "}
								{hold.until ? t("holdUntil", { when: when(hold.until) }) : t("holdYou")}.{" "}
								{device && (
									<Link to="/devices/$device" params={{ device: device.id }} className="underline underline-offset-4">
										{t("toDevice")}
									</Link>
								)}
							</li>
						);
					})}
				</ul>
			</div>
		</section>
	);
}
