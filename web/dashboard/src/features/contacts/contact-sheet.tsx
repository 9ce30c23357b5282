import { Ban } from "lucide-react";
import type { ReactNode } from "react";
import { Identities } from "@/app/identities";
import { usePicture } from "@/app/picture";
import { phoneNumber, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Avatar, Badge, ErrorState, Sheet, SkeletonRows } from "@/ui";
import { CardActions } from "./card-actions";
import { CardChats } from "./card-chats";
import { CardFields } from "./card-fields";
import { CardName } from "./card-name";
import { CardNote } from "./card-note";
import { CardTags } from "./card-tags";
import { cardWords } from "./card-words";
import { Consent } from "./consent";
import { MadeOf } from "./made-of";
import { type Card, nameOf } from "./model";
import { useContact } from "./queries";

/** A contact with all that is kept about it, over the list. */
export default function ContactSheet({ id, onClose }: { id: string; onClose: () => void }) {
	const t = useWords(cardWords);
	const { data: card, error, refetch } = useContact(id);
	return (
		<Sheet open onOpenChange={(open) => !open && onClose()} title={t("contact")}>
			{error && !card ? (
				<ErrorState error={error} onRetry={() => void refetch()} />
			) : card ? (
				<Inside card={card} onGone={onClose} />
			) : (
				<SkeletonRows rows={4} />
			)}
		</Sheet>
	);
}

/** A part of the sheet under its own head. */
export function Part({ title, children }: { title: ReactNode; children: ReactNode }) {
	return (
		<section className="flex flex-col gap-2 border-line border-t py-4">
			<h3 className="text-base">{title}</h3>
			{children}
		</section>
	);
}

function Inside({ card, onGone }: { card: Card; onGone: () => void }) {
	const t = useWords(cardWords);
	const format = useFormat();
	const name = nameOf(card) || t("nameless");
	return (
		<>
			<div className="flex items-start gap-4 pb-4">
				<Avatar
					name={name}
					id={card.id}
					src={usePicture(card.last_seen_at ? card.id : undefined)}
					className="size-16 text-xl"
				/>
				<div className="flex min-w-0 flex-1 flex-col gap-1">
					<CardName key={card.name} card={card} name={name} />
					{card.phone && (
						<a className="w-fit text-soft tabular-nums hover:underline" href={`tel:+${card.phone}`}>
							{phoneNumber(card.phone)}
						</a>
					)}
					<p className="text-sm text-soft">
						{card.last_seen_at
							? t("lastSeen", { date: format.brief(card.last_seen_at) })
							: t("since", { date: format.date(card.created_at) })}
					</p>
					<p className="flex flex-wrap gap-1.5 empty:hidden">
						{card.group && <Badge>{t("group")}</Badge>}
						{card.blocked && (
							<Badge kind="bad">
								<Ban className="size-3" aria-hidden />
								{t("blocked")}
							</Badge>
						)}
					</p>
				</div>
			</div>
			<CardActions card={card} name={name} onGone={onGone} />
			<CardTags card={card} />
			<CardFields key={JSON.stringify(card.fields)} card={card} />
			<CardNote key={card.note} card={card} />
			{!card.group && <Consent card={card} />}
			{!card.group && <MadeOf id={card.id} />}
			{card.identities && (
				<Part title={t("addresses")}>
					<Identities list={card.identities} />
				</Part>
			)}
			<CardChats id={card.id} />
		</>
	);
}
