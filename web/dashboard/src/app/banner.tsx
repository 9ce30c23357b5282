import { CloudOff } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useLiveState } from "@/lib/live";
import { useWords } from "@/lib/words";
import { appWords } from "./words";

/** A connection that comes back at once is not worth a word. */
const patience = 2_500;

function useOnline(): boolean {
	return useSyncExternalStore(
		(tell) => {
			addEventListener("online", tell);
			addEventListener("offline", tell);
			return () => {
				removeEventListener("online", tell);
				removeEventListener("offline", tell);
			};
		},
		() => navigator.onLine,
	);
}

/** Says when what is shown may be old. */
export function Banner() {
	const t = useWords(appWords);
	const online = useOnline();
	const away = useLiveState() !== "online"; // also when it has not stood yet, as in a page that was opened without a connection
	const [long, setLong] = useState(false);
	useEffect(() => {
		if (!away) {
			setLong(false);
			return;
		}
		const timer = setTimeout(() => setLong(true), patience);
		return () => clearTimeout(timer);
	}, [away]);
	const text = !online ? t("offline") : away && long ? t("reconnecting") : "";
	return (
		<div
			role="status"
			className={text ? "flex items-center gap-2 bg-warn-soft px-4 py-2 text-sm text-warn" : "sr-only"}
		>
			{text && <CloudOff className="size-4 shrink-0" aria-hidden />}
			{text}
		</div>
	);
}
