import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { phoneNumber } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Dialog, ErrorState, SkeletonRows } from "@/ui";
import { useJoin } from "./join";
import { joinWords } from "./join-words";
import { contactsKeys } from "./keys";
import { type Card, nameOf } from "./model";
import { TagMark } from "./tag-mark";

interface MergeProps {
	/** The two; the first is proposed to stay. */
	a: Card;
	b: Card;
	onClose: () => void;
	/** Called with the contact that stayed. */
	onMerged?: (kept: string) => void;
}

/** Shows what would come of two contacts that become one, before they do. */
export default function MergeDialog({ a, b, onClose, onMerged }: MergeProps) {
	const t = useWords(joinWords);
	const [kept, setKept] = useState(a.id);
	const [busy, setBusy] = useState(false);
	const { join } = useJoin();
	const gone = kept === a.id ? b.id : a.id;
	const preview = useQuery({
		queryKey: contactsKeys.merge(gone, kept),
		queryFn: () =>
			ask(api.POST("/contacts/{id}/merge/preview", { params: { path: { id: gone } }, body: { into: kept } })),
	});
	const run = async () => {
		setBusy(true);
		const done = await join(gone, kept);
		setBusy(false);
		if (!done) return;
		onMerged?.(kept);
		onClose();
	};
	return (
		<Dialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("mergeTitle")}
			description={t("mergeHint")}
			actions={
				<Button kind="main" busy={busy} disabled={!preview.data} onClick={() => void run()}>
					{t("merge")}
				</Button>
			}
		>
			<fieldset className="flex flex-col gap-1 pb-4">
				<legend className="pb-1 font-medium">{t("stays")}</legend>
				{[a, b].map((one) => (
					<label key={one.id} className="flex min-h-9 cursor-pointer items-center gap-2.5 max-md:min-h-11">
						<input
							type="radio"
							name="stays"
							className="size-5 shrink-0 accent-accent"
							checked={kept === one.id}
							onChange={() => setKept(one.id)}
						/>
						<Who card={one} />
					</label>
				))}
				<p className="text-sm text-soft">{t("staysHint")}</p>
			</fieldset>
			<h3 className="border-line border-t pt-4 pb-2 text-base">{t("result")}</h3>
			{preview.error && <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />}
			{preview.isPending && <SkeletonRows rows={3} />}
			{preview.data && <Result card={preview.data} />}
		</Dialog>
	);
}

/** A contact in one line. */
export function Who({ card }: { card: Card }) {
	const t = useWords(joinWords);
	return (
		<span className="min-w-0">
			<span className="outside font-medium">{nameOf(card) || t("nameless")}</span>
			{card.name && card.phone && <span className="text-soft tabular-nums"> {phoneNumber(card.phone)}</span>}
		</span>
	);
}

function Result({ card }: { card: Card }) {
	const t = useWords(joinWords);
	const fields = Object.entries(card.fields);
	return (
		<dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
			<Line name={t("name")}>{nameOf(card) || t("nameless")}</Line>
			<Line name={t("phone")}>{card.phone ? phoneNumber(card.phone) : t("nothing")}</Line>
			<Line name={t("tags")}>
				{card.tags.length === 0 ? t("nothing") : card.tags.map((tag) => <TagMark key={tag.id} tag={tag} />)}
			</Line>
			{fields.length > 0 && (
				<Line name={t("fields")}>{fields.map(([key, value]) => `${key}: ${value}`).join(", ")}</Line>
			)}
			<Line name={t("consent")}>{t(`state_${card.consent}`)}</Line>
			<Line name={t("note")}>{card.note || t("nothing")}</Line>
		</dl>
	);
}

function Line({ name, children }: { name: string; children: ReactNode }) {
	return (
		<>
			<dt className="text-soft">{name}</dt>
			<dd className="outside flex min-w-0 flex-wrap gap-1 whitespace-pre-line">{children}</dd>
		</>
	);
}
