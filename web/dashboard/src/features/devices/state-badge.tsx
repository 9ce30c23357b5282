import { CircleAlert, CircleCheck, CircleDashed, type LucideIcon, TriangleAlert } from "lucide-react";
import { useWords } from "@/lib/words";
import { Badge } from "@/ui";
import { type Device, type Told, told } from "./state";
import { devicesWords } from "./words";

export const stateIcons: Record<Told["kind"], LucideIcon> = {
	good: CircleCheck,
	warn: TriangleAlert,
	bad: CircleAlert,
	plain: CircleDashed,
};

/** A device's state in two words. */
export function StateBadge({ device }: { device: Device }) {
	const t = useWords(devicesWords);
	const { kind, title } = told(device);
	const Icon = stateIcons[kind];
	return (
		<Badge kind={kind}>
			<Icon className="size-3.5" aria-hidden />
			{t(title)}
		</Badge>
	);
}
