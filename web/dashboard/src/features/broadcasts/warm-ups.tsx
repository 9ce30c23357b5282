import { Sprout } from "lucide-react";
import { useLanguage } from "@/lib/words";
import type { Broadcast } from "./model";
import { useDevices } from "./queries";

/** Why it takes so long: numbers that are new write to few strangers a day. */
export function WarmUps({ one }: { one: Broadcast }) {
	const language = useLanguage();
	const { data: devices } = useDevices();
	return one.forecast.warm_ups.map((warm) => {
		const device = one.devices.length > 1 && devices?.items.find((item) => item.id === warm.device_id);
		return (
			<p key={warm.device_id} className="flex items-start gap-2 text-sm text-soft">
				<Sprout className="mt-0.5 size-4 shrink-0" aria-hidden />
				<span className="outside min-w-0 text-pretty">
					{device && <strong>{device.name}: </strong>}
					{language === "id" ? warm.reason : warm.reason_en}
				</span>
			</p>
		);
	});
}
