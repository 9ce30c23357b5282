import { Lock } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useWords } from "@/lib/words";
import { EmptyState } from "@/ui/states";
import { useInstallation } from "./installation";
import { useCan, useIdentity } from "./me";
import type { Page } from "./pages";
import { appWords } from "./words";

/** Shows a page to whom it is for, and names it in the window's title. */
export function Guarded({ page, children }: { page: Page; children: ReactNode }) {
	const t = useWords(appWords);
	const can = useCan();
	useIdentity(); // where that is old, who opens a page has it asked again: a role may have changed
	const { data: installation } = useInstallation();
	const title = t(page.name);
	useEffect(() => {
		document.title = `${title} · Ping!`;
	}, [title]);
	if (page.need && !can(page.need)) {
		return (
			<EmptyState page icon={Lock} title={t("notAllowed")}>
				{t("notAllowedHint")}
			</EmptyState>
		);
	}
	if (page.simulated && installation && !installation.simulated) {
		return (
			<EmptyState page icon={Lock} title={t("simulatedOnly")}>
				{t("simulatedOnlyHint")}
			</EmptyState>
		);
	}
	return children;
}
