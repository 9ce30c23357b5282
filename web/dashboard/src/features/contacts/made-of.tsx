import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog } from "@/ui";
import { Part } from "./contact-sheet";
import { useJoin } from "./join";
import { joinWords } from "./join-words";
import { contactsKeys } from "./keys";
import { nameOf } from "./model";

/** The contacts that became part of this one. The latest can be taken apart again. */
export function MadeOf({ id }: { id: string }) {
	const t = useWords(joinWords);
	const format = useFormat();
	const can = useCan()("contacts.write");
	const { part } = useJoin();
	const [asked, setAsked] = useState(false);
	const [busy, setBusy] = useState(false);
	const { data } = useQuery({
		queryKey: contactsKeys.merges(id),
		queryFn: () => ask(api.GET("/contacts/{id}/merges", { params: { path: { id } } })),
	});
	const latest = data?.items[0];
	if (!latest) return null;
	const name = nameOf(latest) || t("nameless");
	const run = async () => {
		setBusy(true);
		if (await part(id)) setAsked(false);
		setBusy(false);
	};
	return (
		<Part title={t("madeOf")}>
			<ul className="flex flex-col gap-2">
				{data.items.map((one) => (
					<li key={`${one.contact_id}-${one.at}`}>
						<p className="outside">{nameOf(one) || t("nameless")}</p>
						<p className="text-sm text-soft">{t("since", { date: format.full(one.at) })}</p>
					</li>
				))}
			</ul>
			{can && (
				<Button size="sm" className="self-start max-md:h-11" onClick={() => setAsked(true)}>
					<span className="outside">{t("part", { name })}</span>
				</Button>
			)}
			<ConfirmDialog
				open={asked}
				onOpenChange={setAsked}
				title={t("partAsk", { name })}
				description={t("partHint")}
				confirm={t("undo")}
				busy={busy}
				onConfirm={() => void run()}
			/>
		</Part>
	);
}
