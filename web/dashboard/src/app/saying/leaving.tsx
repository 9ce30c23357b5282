import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import { useWords } from "@/lib/words";
import { ConfirmDialog } from "@/ui";
import { sayingWords } from "./words";

export interface Leaving {
	/** Lets go without asking: what was changed is saved, or is gone. Call it just before leaving. */
	free: () => void;
	/** The question; null while there is none. */
	question: ReactNode;
}

/**
 * Asks before an editor is left whose changes are not saved: by the browser's Back, by a key, a link or its own Close.
 * Leaving has to be a navigation, or closing the tab.
 */
export function useLeaving(changed: boolean): Leaving {
	const t = useWords(sayingWords);
	const freed = useRef(false);
	const held = () => changed && !freed.current;
	const blocker = useBlocker({ shouldBlockFn: held, enableBeforeUnload: held, withResolver: true });
	const question = blocker.status === "blocked" && (
		<ConfirmDialog
			open
			onOpenChange={(open) => !open && blocker.reset()}
			title={t("discardTitle")}
			description={t("discardHint")}
			confirm={t("discard")}
			danger
			onConfirm={blocker.proceed}
		/>
	);
	return {
		free: () => {
			freed.current = true;
		},
		question: question || null,
	};
}

interface RemovalProps {
	title: string;
	/** What will be without it. */
	hint: string;
	confirm: string;
	busy: boolean;
	onRemove: () => void;
	onEnd: () => void;
}

/** Asks before what is edited is deleted. */
export function Removal({ title, hint, confirm, busy, onRemove, onEnd }: RemovalProps) {
	return (
		<ConfirmDialog
			open
			onOpenChange={(open) => !open && onEnd()}
			title={title}
			description={<span className="outside">{hint}</span>}
			confirm={confirm}
			danger
			busy={busy}
			onConfirm={onRemove}
		/>
	);
}
