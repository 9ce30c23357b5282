import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { UsersRound } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, toast, toastFault } from "@/ui";
import { type Chat, nameOf } from "./model";
import { moreWords } from "./more-words";

type Pair = Schema["ContactPairView"];

/** Contacts that may be the one that the chat is with, and the way to make them one. */
export function Alike({ chat }: { chat: Chat }) {
	const t = useWords(moreWords);
	const can = useCan()("contacts.write");
	const id = chat.contact.id;
	const { data } = useQuery({
		queryKey: ["contacts", "alike", id],
		queryFn: () => ask(api.GET("/contacts/{id}/duplicates", { params: { path: { id } } })),
		enabled: can && !chat.group,
	});
	if (!data || data.items.length === 0) return null;
	return (
		<section aria-label={t("like")} className="mb-4 flex flex-col gap-2 rounded-lg bg-warn-soft p-3">
			<h3 className="flex items-center gap-2 text-sm text-warn">
				<UsersRound className="size-4" aria-hidden />
				{t("like")}
			</h3>
			{data.items.map((pair) => (
				<One key={`${pair.a.id} ${pair.b.id}`} pair={pair} here={id} />
			))}
		</section>
	);
}

function One({ pair, here }: { pair: Pair; here: string }) {
	const t = useWords(moreWords);
	const client = useQueryClient();
	const [asking, setAsking] = useState(false);
	const [busy, setBusy] = useState(false);
	const other = pair.a.id === here ? pair.b : pair.a;
	const merge = async () => {
		setBusy(true);
		try {
			// The elder stays, as everywhere.
			await api.POST("/contacts/{id}/merge", { params: { path: { id: pair.b.id } }, body: { into: pair.a.id } });
			toast(t("merged"), { kind: "good" });
			for (const key of ["contacts", "chats", "pictures"]) void client.invalidateQueries({ queryKey: [key] });
		} catch (error) {
			toastFault(error);
		}
		setBusy(false);
		setAsking(false);
	};
	return (
		<div className="flex flex-wrap items-center justify-between gap-2 text-sm">
			<span className="min-w-0 flex-1">
				<Link
					to="/contacts/$contact"
					params={{ contact: other.id }}
					className="outside inline-flex min-h-9 items-center font-medium underline underline-offset-4"
				>
					<bdi>{nameOf(other) || t("someone")}</bdi>
				</Link>
				<span className="block text-soft">{t(`like_${pair.why}`)}</span>
			</span>
			<Button size="sm" className="max-md:h-11" onClick={() => setAsking(true)}>
				{t("merge")}
			</Button>
			<ConfirmDialog
				open={asking}
				busy={busy}
				onOpenChange={setAsking}
				title={t("mergeTitle")}
				description={<span className="outside">{t("mergeHint", { gone: nameOf(pair.b), kept: nameOf(pair.a) })}</span>}
				confirm={t("merge")}
				onConfirm={() => void merge()}
			/>
		</div>
	);
}
