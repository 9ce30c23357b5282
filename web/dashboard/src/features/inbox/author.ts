import { useMemo } from "react";
import { useMe } from "@/app/me";
import { useWords } from "@/lib/words";
import { useMembers } from "./queries";
import { inboxWords } from "./words";

/** Something of ours, as far as it says who wrote it. */
export interface Written {
	from_me: boolean;
	by?: string;
	by_id?: string;
}

/** Who wrote something of ours, as a list says it: a word, or the first name of a colleague. */
export type Author = { word: "you" | "team" | "bot" | "broadcast" | "api" | "phone" } | { name: string };

const words: Record<string, "bot" | "broadcast" | "api"> = {
	rule: "bot",
	assistant: "bot",
	plugin: "bot",
	follow_up: "bot",
	opt_out: "bot",
	broadcast: "broadcast",
	api: "api",
};

/** Who wrote it; me is the reader's id as a member, names are the colleagues who are known. What is theirs is nobody's of ours. */
export function authorOf(one: Written, me: string | undefined, names: Map<string, string>): Author | undefined {
	if (!one.from_me) return undefined;
	if (one.by !== "member") return { word: words[one.by ?? ""] ?? "phone" };
	if (one.by_id && one.by_id === me) return { word: "you" };
	const name = names
		.get(one.by_id ?? "")
		?.trim()
		.split(/\s+/, 1)[0];
	return name ? { name } : { word: "team" };
}

/** Says what stands before something in a list when it is ours: "Kamu:", "Ani:", "Bot:"; nothing when it is theirs. Once for a list. */
export function useAuthors(): (one: Written) => string | undefined {
	const t = useWords(inboxWords);
	const me = useMe().member?.id;
	const { data } = useMembers();
	const names = useMemo(() => new Map(data?.items.map((m) => [m.id, m.name])), [data]);
	return (one) => {
		const author = authorOf(one, me, names);
		return author && `${"name" in author ? author.name : t(`by_${author.word}`)}:`;
	};
}
