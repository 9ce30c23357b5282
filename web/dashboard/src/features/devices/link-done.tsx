import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useInstallation } from "@/app/installation";
import { useWords } from "@/lib/words";
import { Button, Card } from "@/ui";
import { linkWords } from "./link-words";
import { scanWords } from "./scan-words";
import type { Device } from "./state";

/** It has worked: on to the inbox. */
export function LinkDone({ device }: { device: Device }) {
	const t = useWords(linkWords);
	const scan = useWords(scanWords);
	const simulated = useInstallation().data?.simulated;
	return (
		<Card className="appear flex flex-col items-center gap-3 py-8 text-center md:py-8" role="status">
			<CircleCheck className="size-14 text-good" aria-hidden />
			<h2 className="outside text-xl">{t("doneTitle", { name: device.name })}</h2>
			<p className="max-w-prose text-pretty text-soft">{simulated ? scan("doneHint") : t("doneHint")}</p>
			<div className="flex flex-wrap-reverse justify-center gap-2">
				<Button asChild kind={simulated ? "plain" : "main"} size="lg">
					<Link to="/inbox">{t("toInbox")}</Link>
				</Button>
				{simulated && (
					<Button asChild kind="main" size="lg">
						<Link to="/phones">{scan("write")}</Link>
					</Button>
				)}
			</div>
		</Card>
	);
}
