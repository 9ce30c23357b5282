import { useQueries } from "@tanstack/react-query";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { cn } from "@/ui";
import { type GroupLine, lineOf, namedIn } from "./group-line";
import { groupWords } from "./group-words";
import { type Message, nameOf } from "./model";
import { contactQuery } from "./queries";

/** What happened to a group, as a line of its own in the thread. */
export function GroupRow({ message, line, marked }: { message: Message; line: GroupLine; marked: boolean }) {
	const t = useWords(groupWords);
	const format = useFormat();
	const ids = namedIn(line);
	const names = useQueries({
		queries: ids.map(contactQuery),
		combine: (found) => found.map((one) => nameOf(one.data ?? {})),
	});
	return (
		<p
			data-message={message.id}
			title={format.full(message.at)}
			className={cn(
				"outside mx-auto w-fit max-w-[min(34rem,90%)] rounded-lg bg-sunken px-3 py-1 text-center text-soft text-xs first-letter:uppercase",
				marked && "flash",
			)}
		>
			{lineOf(line, (id) => names[ids.indexOf(id)] ?? "", t)}
		</p>
	);
}
