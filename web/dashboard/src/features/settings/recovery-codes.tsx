import { useWords } from "@/lib/words";
import { Button, Dialog } from "@/ui";
import { accountWords } from "./account-words";
import { Once } from "./parts";
import { settingsWords } from "./words";

/** Recovery codes, at the only moment when they can be seen. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
	const t = useWords(accountWords);
	const s = useWords(settingsWords);
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("recovery")}
			description={t("recoveryKeep")}
			actions={<Button onClick={onClose}>{s("done")}</Button>}
		>
			<Once value={codes.join("\n")} label={t("recovery")} />
		</Dialog>
	);
}
