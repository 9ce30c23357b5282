import { useVirtualizer } from "@tanstack/react-virtual";
import { Contact } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useCan } from "@/app/me";
import { itemsOf } from "@/lib/api/pages";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button, cn, EmptyState, ErrorState, SkeletonRows } from "@/ui";
import { BulkBar } from "./bulk-bar";
import { ChooseBox } from "./choose-box";
import { type Chosen, none, withOne } from "./chosen";
import { type Card, clean, filterStore, narrowings } from "./model";
import { useContactCount, useContacts } from "./queries";
import { columns, Row } from "./row";
import { contactsWords } from "./words";

/** How high a row is, in pixels; all are alike. */
const rowHeight = 64;

/** The contacts that the filter finds. Only those near the screen are in the page, however many there are. */
export function List({ open, empty }: { open?: string; empty: React.ReactNode }) {
	const t = useWords(contactsWords);
	const filter = clean(useStore(filterStore));
	const query = useContacts(filter);
	const cards = useMemo(() => itemsOf(query.data), [query.data]);
	if (query.isPending) return <SkeletonRows rows={8} />;
	if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
	if (cards.length === 0) {
		const narrowed = Boolean(filter.search) || narrowings(filter) > 0;
		return (
			<EmptyState
				icon={Contact}
				title={t(narrowed ? "emptyFilter" : "empty")}
				action={narrowed ? <Button onClick={() => filterStore.set({ kind: "people" })}>{t("reset")}</Button> : empty}
			>
				{t(narrowed ? "emptyFilterHint" : "hint")}
			</EmptyState>
		);
	}
	return (
		<Rows
			key={JSON.stringify(filter)}
			cards={cards}
			open={open}
			onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()}
		/>
	);
}

function Rows({ cards, open, onEnd }: { cards: Card[]; open?: string; onEnd: () => void }) {
	const t = useWords(contactsWords);
	const can = useCan()("contacts.write");
	const { data: count } = useContactCount(clean(useStore(filterStore)));
	const [chosen, setChosen] = useState<Chosen>(none);
	const box = useRef<HTMLDivElement>(null);
	const rows = useVirtualizer({
		count: cards.length,
		getScrollElement: () => box.current,
		estimateSize: () => rowHeight,
		getItemKey: (i) => cards[i]?.id ?? i,
		overscan: 8,
	});
	const items = rows.getVirtualItems();
	const last = items.at(-1)?.index ?? 0;
	// biome-ignore lint/correctness/useExhaustiveDependencies: only what is seen asks for more
	useEffect(() => {
		if (last >= cards.length - 20) onEnd();
	}, [last, cards.length]);
	const shown = cards.map((card) => card.id);
	const every = chosen.all || shown.every((id) => chosen.ids.has(id));
	return (
		<>
			<div className="flex h-11 shrink-0 items-center border-line border-b bg-surface pl-1">
				{can && (
					<ChooseBox
						label={t("chooseAll")}
						checked={every}
						onChange={(on) => setChosen(on ? { ids: new Set(shown), all: false } : none)}
					/>
				)}
				{chosen.all || chosen.ids.size > 0 ? (
					<BulkBar chosen={chosen} total={count?.count ?? cards.length} every={every} onChosen={setChosen} />
				) : (
					<Heads />
				)}
			</div>
			<div ref={box} className="min-h-0 flex-1 overflow-y-auto overscroll-contain" id="contacts-list">
				<ul aria-label={t("list")} className="relative" style={{ height: rows.getTotalSize() }}>
					{items.map((item) => {
						const card = cards[item.index];
						return (
							card && (
								<li
									key={item.key}
									className="absolute inset-x-0"
									style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
								>
									<Row
										card={card}
										open={card.id === open}
										chosen={chosen.all || chosen.ids.has(card.id)}
										onChoose={can ? (on) => setChosen(withOne(chosen, card.id, on, shown)) : undefined}
									/>
								</li>
							)
						);
					})}
				</ul>
			</div>
		</>
	);
}

/** The rows name their parts to screen readers themselves. */
function Heads() {
	const t = useWords(contactsWords);
	return (
		<div aria-hidden className={cn("min-w-0 flex-1 pr-3 pl-1 font-medium text-soft text-sm", columns)}>
			<span>{t("colName")}</span>
			<span className="max-md:hidden">{t("colPhone")}</span>
			<span className="max-md:hidden">{t("colTags")}</span>
			<span className="max-md:hidden">{t("colConsent")}</span>
			<span className="max-md:hidden">{t("colLast")}</span>
		</div>
	);
}
