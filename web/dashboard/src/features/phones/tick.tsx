import { Check, CheckCheck, CircleAlert, Clock } from "lucide-react";
import type { PhoneMessage } from "@/lib/phones/network";
import { useWords } from "@/lib/words";
import { cn } from "@/ui";
import { chatWords } from "./chat-words";
import { tickOf } from "./model";

const icons = { sending: Clock, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert };

/** How far a message of this phone got; without one it is still on its way to the network. */
export function Tick({ message }: { message?: PhoneMessage }) {
	const t = useWords(chatWords);
	const state = message ? tickOf(message) : "sending";
	const Icon = icons[state];
	return (
		<Icon
			role="img"
			aria-label={t(`tick_${state}`)}
			data-tick={state}
			className={cn("size-4 shrink-0", state === "read" ? "text-accent" : state === "failed" && "text-bad")}
		/>
	);
}
