import { CloudOff, Smartphone } from "lucide-react";
import { phoneNumber } from "@/lib/format";
import { useWords } from "@/lib/words";
import { answering } from "./desk";
import { deskWords } from "./desk-words";
import type { Chat } from "./model";
import { useDevices } from "./queries";

/** Which device answers, where there are several; and that what is written waits, when it is not connected. */
export function Answering({ chat }: { chat: Chat }) {
	const t = useWords(deskWords);
	const { data } = useDevices();
	const device = data?.items.find((one) => one.id === chat.device_id);
	if (!data || !device) return null;
	const says = answering(device);
	const waits = says !== "answersBy";
	if (data.items.length < 2 && !waits) return null;
	const Icon = waits ? CloudOff : Smartphone;
	const number = device.number ? ` · ${phoneNumber(device.number)}` : "";
	return (
		<p className={`flex items-center gap-1.5 px-1 pb-1 text-xs ${waits ? "text-warn" : "text-soft"}`}>
			<Icon className="size-3.5 shrink-0" aria-hidden />
			<span className="outside truncate">{t(says, { device: `${device.name}${number}` })}</span>
		</p>
	);
}
