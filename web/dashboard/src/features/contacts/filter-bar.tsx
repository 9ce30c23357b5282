import { Search, SlidersHorizontal, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Badge, Button, IconButton, Input, Popover, Select } from "@/ui";
import { Filters } from "./filters";
import { type ContactFilter, filterStore, narrowings } from "./model";
import { useSegments } from "./queries";
import { contactsWords } from "./words";

/** How long somebody must have stopped typing before the server is asked, in milliseconds. */
const pause = 200;

/** What narrows and orders the list. */
export function FilterBar() {
	const t = useWords(contactsWords);
	const filter = useStore(filterStore);
	const n = narrowings(filter);
	const set = (more: ContactFilter) => filterStore.set({ ...filterStore.get(), ...more });
	return (
		<div className="flex flex-wrap items-center gap-2">
			<SearchBox />
			<SegmentChoice />
			<Select
				aria-label={t("sort")}
				value={filter.sort ?? "name"}
				onChange={(e) => set({ sort: e.target.value as ContactFilter["sort"] })}
				className="min-w-36 max-md:flex-1"
			>
				<option value="name">{t("sort_name")}</option>
				<option value="last_message">{t("sort_last_message")}</option>
				<option value="created">{t("sort_created")}</option>
			</Select>
			<Popover
				className="w-80"
				trigger={
					<Button aria-label={n > 0 ? t("active", { n }) : t("filters")}>
						<SlidersHorizontal />
						{t("filter")}
						{n > 0 && <Badge kind="accent">{n}</Badge>}
					</Button>
				}
			>
				<Filters />
			</Popover>
		</div>
	);
}

function SearchBox() {
	const t = useWords(contactsWords);
	const { search } = useStore(filterStore);
	const [text, setText] = useState(search ?? "");
	useEffect(() => {
		const timer = setTimeout(() => {
			const now = filterStore.get();
			const wanted = text.trim() || undefined;
			if (now.search !== wanted) filterStore.set({ ...now, search: wanted });
		}, pause);
		return () => clearTimeout(timer);
	}, [text]);
	// Cleared from elsewhere.
	useEffect(() => {
		if (!search) setText("");
	}, [search]);
	return (
		<div className="relative min-w-0 flex-1 basis-60">
			<Search className="pointer-events-none absolute top-1/2 left-3 size-4.5 -translate-y-1/2 text-soft" aria-hidden />
			<Input
				id="contacts-search"
				type="search"
				aria-label={t("search")}
				placeholder={t("search")}
				value={text}
				maxLength={200}
				autoComplete="off"
				onChange={(e) => setText(e.target.value)}
				onKeyDown={(e) => e.key === "Escape" && setText("")}
				className="px-10 [&::-webkit-search-cancel-button]:hidden"
			/>
			{text && (
				<IconButton
					label={t("clearSearch")}
					onClick={() => setText("")}
					className="absolute top-0 right-0 max-md:size-11"
				>
					<X />
				</IconButton>
			)}
		</div>
	);
}

function SegmentChoice() {
	const t = useWords(contactsWords);
	const filter = useStore(filterStore);
	const { data } = useSegments();
	if (!data || data.items.length === 0) return null;
	return (
		<Select
			aria-label={t("segment")}
			value={filter.segment_id ?? ""}
			onChange={(e) => filterStore.set({ ...filterStore.get(), segment_id: e.target.value || undefined })}
			className="min-w-36 max-md:flex-[1.3]"
		>
			<option value="">
				{t("segment")}: {t("any")}
			</option>
			{data.items.map((one) => (
				<option key={one.id} value={one.id}>
					{one.name}
				</option>
			))}
		</Select>
	);
}
