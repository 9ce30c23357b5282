import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { lazily } from "@/lib/lazily";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Badge, cn, IconButton, Popover } from "@/ui";
import { useCounts } from "./queries";
import { filterOf, savedAs, useSavedViews } from "./saved-views";
import { clean, extras, filterStore, type ViewName, viewOf, views } from "./view";
import { inboxWords } from "./words";

const MoreFilters = lazily(() => import("./more-filters"));

const names: ViewName[] = ["open", "mine", "nobody", "unread", "waiting"];

/** The views with how many chats are in each, those that were saved, and what else narrows the list. */
export function FilterBar() {
	const t = useWords(inboxWords);
	const filter = useStore(filterStore);
	const { data: counts } = useCounts();
	const saved = useSavedViews();
	const mine = savedAs(saved, filter);
	const now = mine ? undefined : viewOf(filter);
	return (
		<div className="flex items-center gap-1">
			<section
				aria-label={t("views")}
				className="-my-1 flex min-w-0 flex-1 gap-1 overflow-x-auto py-1 [scrollbar-width:none]"
			>
				{names.map((name) => (
					<Chip
						key={name}
						on={now === name}
						onClick={() => filterStore.set(clean({ ...views[name], ...extras(filter) }))}
					>
						{t(`view_${name}`)}
						{counts && counts[name] > 0 && (
							<span className="text-xs tabular-nums">{counts[name] >= 1000 ? "999+" : counts[name]}</span>
						)}
					</Chip>
				))}
				{saved.map((view) => (
					<Chip key={view.id} on={view === mine} onClick={() => filterStore.set(filterOf(view))}>
						<bdi className="outside max-w-40 truncate">{view.name}</bdi>
					</Chip>
				))}
			</section>
			<More used={mine ? 1 : Object.values(extras(filter)).filter(Boolean).length + (now ? 0 : 1)} />
		</div>
	);
}

function Chip({ on, onClick, children }: { on: boolean; onClick: () => void; children: ReactNode }) {
	return (
		<button
			type="button"
			aria-pressed={on}
			onClick={onClick}
			className={cn(
				"inline-flex min-h-9 shrink-0 items-center gap-1.5 rounded-full px-3 text-sm max-md:min-h-11",
				on ? "bg-accent-soft font-medium text-accent-ink" : "text-soft hover:bg-sunken",
			)}
		>
			{children}
		</button>
	);
}

function More({ used }: { used: number }) {
	const t = useWords(inboxWords);
	const [open, setOpen] = useState(false);
	return (
		<Popover
			open={open}
			onOpenChange={setOpen}
			className="flex max-w-[calc(100vw-1rem)] flex-col gap-3"
			trigger={
				<IconButton label={t("filter")} className="relative">
					<SlidersHorizontal />
					{used > 0 && (
						<Badge kind="accent" className="absolute -top-1 -right-1 px-1.5">
							{used}
						</Badge>
					)}
				</IconButton>
			}
		>
			<Suspense>
				<MoreFilters onClose={() => setOpen(false)} />
			</Suspense>
		</Popover>
	);
}
