import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Dialog, Field, Input } from "@/ui";
import { joinWords } from "./join-words";
import { contactsKeys } from "./keys";
import MergeDialog, { Who } from "./merge-dialog";
import type { Card } from "./model";

interface Props {
	card: Card;
	onClose: () => void;
	onMerged: (kept: string) => void;
}

/** Chooses who is the same person as a contact, and then merges the two. */
export default function MergeWith({ card, onClose, onMerged }: Props) {
	const t = useWords(joinWords);
	const [text, setText] = useState("");
	const [other, setOther] = useState<Card>();
	const search = useDeferredValue(text.trim());
	const query = { search, kind: "people" as const, limit: 9 };
	const found = useQuery({
		queryKey: contactsKeys.list(query),
		queryFn: ({ signal }) => ask(api.GET("/contacts", { params: { query }, signal })),
		enabled: search !== "",
	});
	if (other) return <MergeDialog a={card} b={other} onClose={onClose} onMerged={onMerged} />;
	const others = found.data?.items.filter((one) => one.id !== card.id);
	return (
		<Dialog open onOpenChange={(open) => !open && onClose()} title={t("mergeWith")}>
			<Field label={t("who")} hint={t("whoHint")}>
				<Input
					type="search"
					value={text}
					maxLength={200}
					autoComplete="off"
					onChange={(e) => setText(e.target.value)}
				/>
			</Field>
			<ul className="flex flex-col pt-2">
				{others?.map((one) => (
					<li key={one.id} className="border-line not-last:border-b">
						<button
							type="button"
							className="flex min-h-11 w-full items-center rounded-md px-2 py-2 text-left hover:bg-sunken"
							onClick={() => setOther(one)}
						>
							<Who card={one} />
						</button>
					</li>
				))}
			</ul>
			{others?.length === 0 && (
				<p role="status" className="py-2 text-soft">
					{t("nobody")}
				</p>
			)}
		</Dialog>
	);
}
