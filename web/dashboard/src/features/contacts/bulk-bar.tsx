import { useQueryClient } from "@tanstack/react-query";
import { Tag as TagIcon, Tags, X } from "lucide-react";
import { useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button, DropdownMenu, IconButton, MenuItem, toast, toastFault } from "@/ui";
import { type Chosen, none } from "./chosen";
import { contactsKeys } from "./keys";
import { clean, everybody, filterStore, treeOf } from "./model";
import { useSegments, useTags } from "./queries";
import { TagDot } from "./tag-mark";
import { contactsWords } from "./words";

interface BulkBarProps {
	chosen: Chosen;
	/** How many the filter finds. */
	total: number;
	/** Whether all that are shown are chosen. */
	every: boolean;
	onChosen: (chosen: Chosen) => void;
}

/** How many contacts one request may name; more are found by the filter. */
const most = 500;

/** What can be done with the contacts that are chosen. */
export function BulkBar({ chosen, total, every, onChosen }: BulkBarProps) {
	const t = useWords(contactsWords);
	const format = useFormat();
	const [busy, setBusy] = useState(false);
	const change = useChangeMany();
	const run = async (deed: { add_tags?: string[]; remove_tags?: string[] }) => {
		setBusy(true);
		if (await change(chosen, deed)) onChosen(none);
		setBusy(false);
	};
	const n = format.number(chosen.all ? total : chosen.ids.size);
	return (
		<div className="flex min-w-0 flex-1 items-center gap-1 pr-1">
			<span className="min-w-0 flex-1 truncate font-medium text-sm" role="status">
				{t(chosen.all ? "allChosen" : "chosen", { n })}
			</span>
			{every && !chosen.all && total > chosen.ids.size && (
				<Button kind="quiet" size="sm" onClick={() => onChosen({ ...chosen, all: true })}>
					<span className="max-md:hidden">{t("everyone", { n: format.number(total) })}</span>
					<span className="md:hidden">{format.number(total)}</span>
				</Button>
			)}
			<TagMenu label={t("putTag")} icon={<TagIcon />} busy={busy} onTag={(id) => void run({ add_tags: [id] })} />
			<TagMenu label={t("takeTag")} icon={<Tags />} busy={busy} onTag={(id) => void run({ remove_tags: [id] })} />
			<IconButton label={t("unchoose")} onClick={() => onChosen(none)}>
				<X />
			</IconButton>
		</div>
	);
}

interface TagMenuProps {
	label: string;
	icon: React.ReactNode;
	busy: boolean;
	onTag: (id: string) => void;
}

function TagMenu({ label, icon, busy, onTag }: TagMenuProps) {
	const t = useWords(contactsWords);
	const { data } = useTags();
	return (
		<DropdownMenu
			trigger={
				<Button kind="quiet" size="sm" busy={busy} className="max-md:h-11 max-md:px-2" aria-label={label}>
					{icon}
					<span className="max-md:hidden">{label}</span>
				</Button>
			}
		>
			{data?.items.length === 0 && <MenuItem disabled>{t("noTags")}</MenuItem>}
			{data?.items.map((tag) => (
				<MenuItem key={tag.id} icon={<TagDot color={tag.color} />} onSelect={() => onTag(tag.id)}>
					<span className="outside">{tag.name}</span>
				</MenuItem>
			))}
		</DropdownMenu>
	);
}

/** Changes the tags of the chosen contacts, and says of how many. */
function useChangeMany() {
	const t = useWords(contactsWords);
	const format = useFormat();
	const client = useQueryClient();
	const filter = clean(useStore(filterStore));
	const { data: segments } = useSegments();
	return async (chosen: Chosen, deed: { add_tags?: string[]; remove_tags?: string[] }): Promise<boolean> => {
		try {
			let changed = 0;
			for (const who of requestsOf(chosen)) {
				const answer = await ask(api.POST("/contacts/tags", { body: { ...who, ...deed } }));
				changed += answer.changed;
			}
			toast(t("changed", { n: format.number(changed) }), { kind: "good" });
			void client.invalidateQueries({ queryKey: contactsKeys.all });
			return true;
		} catch (error) {
			toastFault(error);
			return false;
		}
	};

	function requestsOf(chosen: Chosen) {
		if (chosen.all) return [{ tree: treeOf(filter, segments?.items) ?? everybody }];
		const ids = [...chosen.ids];
		const parts = [];
		for (let i = 0; i < ids.length; i += most) parts.push({ contact_ids: ids.slice(i, i + most) });
		return parts;
	}
}
