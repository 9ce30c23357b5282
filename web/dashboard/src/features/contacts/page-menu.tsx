import { Link } from "@tanstack/react-router";
import { Columns3, CopyCheck, Download, EllipsisVertical, Filter, FilterX, Tags, Upload } from "lucide-react";
import { useCan } from "@/app/me";
import { base } from "@/lib/api/client";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { DropdownMenu, IconButton, MenuItem, MenuLine } from "@/ui";
import { addressOf, filterStore, narrowings } from "./model";
import { contactsWords } from "./words";

export type Opened = "new" | "duplicates" | "tags" | "fields" | "segments" | "segment" | undefined;

/** What is done with contacts as a whole. The export is of what the filter finds. */
export function PageMenu({ onOpen }: { onOpen: (what: Opened) => void }) {
	const t = useWords(contactsWords);
	const can = useCan();
	const filter = useStore(filterStore);
	const file = (format: string) => `${base}/contacts/export?${addressOf(filter)}&format=${format}`;
	const narrowed = narrowings(filter) > 0 || Boolean(filter.search);
	return (
		<DropdownMenu
			trigger={
				<IconButton label={t("more")} kind="plain">
					<EllipsisVertical />
				</IconButton>
			}
		>
			<MenuItem icon={<Tags />} onSelect={() => onOpen("tags")}>
				{t("manageTags")}
			</MenuItem>
			<MenuItem icon={<Filter />} onSelect={() => onOpen("segments")}>
				{t("manageSegments")}
			</MenuItem>
			{narrowed && can("contacts.write") && (
				<MenuItem icon={<FilterX />} onSelect={() => onOpen("segment")}>
					{t("saveSegment")}
				</MenuItem>
			)}
			<MenuItem icon={<CopyCheck />} onSelect={() => onOpen("duplicates")}>
				{t("duplicates")}
			</MenuItem>
			{can("contacts.manage") && (
				<>
					<MenuItem icon={<Columns3 />} onSelect={() => onOpen("fields")}>
						{t("manageFields")}
					</MenuItem>
					<MenuLine />
					<MenuItem asChild>
						<Link to="/contacts/$contact" params={{ contact: "import" }}>
							<Upload aria-hidden />
							{t("importFile")}
						</Link>
					</MenuItem>
					<MenuItem asChild>
						<a href={file("csv")} download>
							<Download aria-hidden />
							{t("exportCSV")}
						</a>
					</MenuItem>
					<MenuItem asChild>
						<a href={file("xlsx")} download>
							<Download aria-hidden />
							{t("exportXLSX")}
						</a>
					</MenuItem>
				</>
			)}
		</DropdownMenu>
	);
}
