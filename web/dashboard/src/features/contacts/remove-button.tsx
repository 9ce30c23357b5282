import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useWords } from "@/lib/words";
import { ConfirmDialog, IconButton, toastFault } from "@/ui";
import { manageWords } from "./manage-words";

interface RemoveProps {
	name: string;
	/** What goes with it. */
	hint: string;
	onRemove: () => Promise<void>;
}

/** Deletes one of a list, once that is confirmed. */
export function RemoveButton({ name, hint, onRemove }: RemoveProps) {
	const t = useWords(manageWords);
	const [asked, setAsked] = useState(false);
	const [busy, setBusy] = useState(false);
	const remove = async () => {
		setBusy(true);
		try {
			await onRemove();
			setAsked(false);
		} catch (error) {
			toastFault(error);
		}
		setBusy(false);
	};
	return (
		<>
			<IconButton label={t("remove", { name })} onClick={() => setAsked(true)}>
				<Trash2 />
			</IconButton>
			<ConfirmDialog
				open={asked}
				onOpenChange={setAsked}
				title={t("removeAsk", { name })}
				description={hint}
				confirm={t("delete")}
				danger
				busy={busy}
				onConfirm={() => void remove()}
			/>
		</>
	);
}
