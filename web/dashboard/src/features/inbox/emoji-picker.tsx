import { useMemo, useState } from "react";
import { useWords } from "@/lib/words";
import { Input } from "@/ui";
import { findEmoji } from "./emoji";
import { threadWords } from "./thread-words";

const recentKey = "ping.emoji";

function recent(): string[] {
	try {
		const list: unknown = JSON.parse(localStorage.getItem(recentKey) ?? "[]");
		return Array.isArray(list) ? list.filter((one) => typeof one === "string").slice(0, 16) : [];
	} catch {
		return [];
	}
}

/** A small choice of emoji, found by words of either language; those used last come first. */
export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
	const t = useWords(threadWords);
	const [search, setSearch] = useState("");
	const [used] = useState(recent);
	const found = useMemo(() => findEmoji(search).map((one) => one.emoji), [search]);
	const list = search ? found : [...new Set([...used, ...found])];
	const pick = (emoji: string) => {
		try {
			localStorage.setItem(recentKey, JSON.stringify([...new Set([emoji, ...used])].slice(0, 16)));
		} catch {
			// Then the order stays as it is.
		}
		onPick(emoji);
	};
	return (
		<div className="flex flex-col gap-2">
			<Input
				type="search"
				aria-label={t("findEmoji")}
				placeholder={t("findEmoji")}
				value={search}
				onChange={(e) => setSearch(e.target.value)}
				onKeyDown={(e) => e.key === "Enter" && list[0] && pick(list[0])}
			/>
			<div className="grid max-h-64 grid-cols-7 overflow-y-auto sm:grid-cols-8">
				{list.map((emoji) => (
					<button
						key={emoji}
						type="button"
						onClick={() => pick(emoji)}
						className="inline-flex aspect-square min-h-9 items-center justify-center rounded-md text-2xl hover:bg-sunken"
					>
						{emoji}
					</button>
				))}
			</div>
			{list.length === 0 && <p className="text-soft">{t("noEmoji")}</p>}
		</div>
	);
}
