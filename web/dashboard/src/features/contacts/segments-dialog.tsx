import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ListFilter, Megaphone } from "lucide-react";
import { type FormEvent, useDeferredValue, useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, IconButton, Input, Textarea } from "@/ui";
import { contactsKeys } from "./keys";
import { manageWords } from "./manage-words";
import { clean, filterStore, type Node, treeOf } from "./model";
import { useSegments } from "./queries";
import { RemoveButton } from "./remove-button";

/** The segments, and making one: of what the list shows now, or of an expression. */
export default function SegmentsDialog({ fromFilter, onClose }: { fromFilter?: boolean; onClose: () => void }) {
	const t = useWords(manageWords);
	const client = useQueryClient();
	const may = useCan();
	const can = may("contacts.write");
	const navigate = useNavigate();
	const { data } = useSegments();
	const filter = clean(useStore(filterStore));
	const told = () => void client.invalidateQueries({ queryKey: contactsKeys.segments });
	const show = (id: string) => {
		filterStore.set({ segment_id: id });
		onClose();
	};
	const broadcastTo = (segment: string) =>
		void navigate({
			to: "/broadcasts/$broadcast",
			params: { broadcast: "new" },
			search: { segment } as never,
		});
	return (
		<Dialog open onOpenChange={(open) => !open && onClose()} title={t("segments")} description={t("segmentsHint")}>
			{!fromFilter && data?.items.length === 0 && <p className="py-4 text-soft">{t("noSegments")}</p>}
			{!fromFilter && (
				<ul className="flex flex-col">
					{data?.items.map((one) => (
						<li key={one.id} className="flex items-center gap-1 border-line border-b py-1.5">
							<span className="min-w-0 flex-1">
								<span className="outside block font-medium">{one.name}</span>
								<code className="outside block text-soft text-xs">{one.filter}</code>
							</span>
							<IconButton label={t("show")} onClick={() => show(one.id)}>
								<ListFilter />
							</IconButton>
							{may("broadcasts.write") && (
								<IconButton label={t("broadcast", { name: one.name })} onClick={() => broadcastTo(one.id)}>
									<Megaphone />
								</IconButton>
							)}
							{can && (
								<RemoveButton
									name={one.name}
									hint={t("removeSegmentHint")}
									onRemove={async () => {
										await ask(api.DELETE("/segments/{id}", { params: { path: { id: one.id } } }));
										if (filterStore.get().segment_id === one.id)
											filterStore.set({ ...filterStore.get(), segment_id: undefined });
										told();
									}}
								/>
							)}
						</li>
					))}
				</ul>
			)}
			{can && (!fromFilter || data) && (
				<NewSegment
					tree={fromFilter ? treeOf(filter, data?.items) : undefined}
					onMade={(id) => {
						told();
						show(id);
					}}
				/>
			)}
		</Dialog>
	);
}

/** Who an expression picks now. Only what can be read is shown; what can't says why. */
function usePreview(filter: string, tree?: Node) {
	const body = tree ? { tree } : { filter };
	return useQuery({
		queryKey: [...contactsKeys.all, "preview", body],
		queryFn: () => ask(api.POST("/segments/preview", { body })),
		enabled: Boolean(tree) || filter.trim() !== "",
		placeholderData: keepPreviousData,
		retry: false,
	});
}

function NewSegment({ tree, onMade }: { tree?: Node; onMade: (id: string) => void }) {
	const t = useWords(manageWords);
	const [name, setName] = useState("");
	const [text, setText] = useState("");
	const [fault, setFault] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const preview = usePreview(useDeferredValue(text), tree);
	const send = async (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		try {
			const body = { name: name.trim(), ...(tree ? { tree } : { filter: text }) };
			const made = await ask(api.POST("/segments", { body }));
			onMade(made.id);
		} catch (error) {
			setFault(error);
		}
		setBusy(false);
	};
	const wrong = preview.error instanceof Fault && text.trim() ? preview.error.text : undefined;
	return (
		<form className="flex flex-col gap-3 pt-4" onSubmit={(e) => void send(e)}>
			<Field label={t("segmentName")} name="name" fault={fault}>
				<Input value={name} maxLength={100} autoComplete="off" onChange={(e) => setName(e.target.value)} />
			</Field>
			{tree ? (
				<code className="outside rounded-md bg-sunken px-3 py-2 text-sm">{preview.data?.filter}</code>
			) : (
				<Field label={t("expression")} hint={t("expressionHint")} error={wrong}>
					<Textarea
						value={text}
						maxLength={4000}
						spellCheck={false}
						className="font-mono text-sm"
						onChange={(e) => setText(e.target.value)}
					/>
				</Field>
			)}
			{preview.data && !wrong && (tree || text.trim()) && (
				<p role="status" className="text-good text-sm">
					{t("picks", { count: preview.data.count })}
				</p>
			)}
			<FormFault fault={fault} fields={["name"]} />
			<Button
				kind="main"
				type="submit"
				busy={busy}
				className="self-end"
				disabled={!name.trim() || Boolean(wrong) || (!tree && !text.trim())}
			>
				{t("create")}
			</Button>
		</form>
	);
}
