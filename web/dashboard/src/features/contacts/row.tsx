import { Link } from "@tanstack/react-router";
import { Ban, UsersRound } from "lucide-react";
import { usePicture } from "@/app/picture";
import { phoneNumber, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Avatar, Badge, cn } from "@/ui";
import { ChooseBox } from "./choose-box";
import { type Card, nameOf } from "./model";
import { TagMark } from "./tag-mark";
import { contactsWords } from "./words";

/** The columns of the list where there is room for them. On a phone a row has two lines instead. */
export const columns =
	"md:grid md:grid-cols-[minmax(0,2.2fr)_minmax(0,1.4fr)_minmax(0,2fr)_8rem_7rem] md:items-center md:gap-x-4";

interface RowProps {
	card: Card;
	open: boolean;
	chosen: boolean;
	onChoose?: (on: boolean) => void;
}

/** One contact in the list. */
export function Row({ card, open, chosen, onChoose }: RowProps) {
	const t = useWords(contactsWords);
	const name = nameOf(card) || t("nameless");
	return (
		<div
			className={cn(
				"flex h-full items-center border-line border-b pl-1",
				open || chosen ? "bg-accent-soft" : "hover:bg-sunken",
			)}
		>
			{onChoose && <ChooseBox label={t("choose", { name })} checked={chosen} onChange={onChoose} />}
			<Link
				to="/contacts/$contact"
				params={{ contact: card.id }}
				aria-current={open ? "true" : undefined}
				className={cn(
					"flex h-full min-w-0 flex-1 items-center gap-3 pr-3 pl-1 focus-visible:-outline-offset-2",
					columns,
				)}
			>
				<Who card={card} name={name} />
				<span className="hidden truncate tabular-nums md:block">{card.phone ? phoneNumber(card.phone) : ""}</span>
				<span className="hidden min-w-0 items-center gap-1 overflow-hidden md:flex">
					<Tags card={card} />
				</span>
				<span className="hidden md:block">
					{card.consent !== "unknown" && (
						<Badge kind={card.consent === "in" ? "good" : "warn"}>{t(`consent_${card.consent}`)}</Badge>
					)}
				</span>
				<Last card={card} />
			</Link>
		</div>
	);
}

function Who({ card, name }: { card: Card; name: string }) {
	const t = useWords(contactsWords);
	return (
		<span className="flex min-w-0 flex-1 items-center gap-3">
			<Avatar name={name} id={card.id} src={usePicture(card.last_seen_at ? card.id : undefined)} />
			<span className="min-w-0 flex-1">
				<span className="flex items-center gap-1.5 font-medium">
					{card.group && <UsersRound className="size-4 shrink-0 text-soft" aria-label={t("group")} />}
					<bdi className="outside min-w-0 truncate">{name}</bdi>
					{card.blocked && <Ban className="size-4 shrink-0 text-bad" aria-label={t("blocked_true")} />}
				</span>
				<span className="flex min-w-0 items-center gap-1.5 overflow-hidden text-sm text-soft md:hidden">
					<span className="shrink-0 tabular-nums">{card.phone ? phoneNumber(card.phone) : ""}</span>
					<Tags card={card} most={1} />
				</span>
			</span>
		</span>
	);
}

function Tags({ card, most = 2 }: { card: Card; most?: number }) {
	return (
		<>
			{card.tags.slice(0, most).map((tag) => (
				<TagMark key={tag.id} tag={tag} />
			))}
			{card.tags.length > most && <span className="shrink-0 text-soft text-xs">+{card.tags.length - most}</span>}
		</>
	);
}

function Last({ card }: { card: Card }) {
	const t = useWords(contactsWords);
	const format = useFormat();
	if (!card.last_message_at) return <span className="hidden text-sm text-soft md:block">{t("never")}</span>;
	return (
		<time
			className="shrink-0 text-soft text-xs tabular-nums md:text-sm"
			dateTime={new Date(card.last_message_at).toISOString()}
		>
			{format.brief(card.last_message_at)}
		</time>
	);
}
