import { useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Checkbox, Field, FormFault, Input, Popover } from "@/ui";
import { cardWords } from "./card-words";
import { Part } from "./contact-sheet";
import { contactsKeys } from "./keys";
import type { Card, Tag } from "./model";
import { useSave, useTags } from "./queries";
import { TagDot } from "./tag-mark";

/** The contact's tags, to put on and take off. */
export function CardTags({ card }: { card: Card }) {
	const t = useWords(cardWords);
	const can = useCan()("contacts.write");
	const save = useSave(card.id);
	const client = useQueryClient();
	const change = (tag: Tag, on: boolean) => {
		// Seen at once; the server's answer comes over it, and a refusal brings back what was.
		const tags = on ? [...card.tags, tag] : card.tags.filter((one) => one.id !== tag.id);
		client.setQueryData(contactsKeys.one(card.id), { ...card, tags });
		const body = on ? { add_tags: [tag.id] } : { remove_tags: [tag.id] };
		void save(() => ask(api.PATCH("/contacts/{id}", { params: { path: { id: card.id } }, body }))).then((saved) => {
			if (!saved) client.setQueryData(contactsKeys.one(card.id), card);
		});
	};
	return (
		<Part title={t("tags")}>
			<div className="flex flex-wrap items-center gap-1.5">
				{card.tags.length === 0 && <span className="pr-1 text-soft">{t("noTags")}</span>}
				{card.tags.map((tag) => (
					<span
						key={tag.id}
						className="inline-flex min-h-9 max-w-full items-center gap-1.5 rounded-full bg-sunken pl-3 text-sm max-md:min-h-11"
					>
						<TagDot color={tag.color} />
						<span className="outside min-w-0 truncate">{tag.name}</span>
						{can ? (
							<button
								type="button"
								aria-label={t("removeTag", { name: tag.name })}
								onClick={() => change(tag, false)}
								className="inline-flex size-9 shrink-0 items-center justify-center rounded-full text-soft hover:text-ink max-md:size-11"
							>
								<X className="size-4" aria-hidden />
							</button>
						) : (
							<span className="w-2" />
						)}
					</span>
				))}
				{can && (
					<Popover
						align="start"
						trigger={
							<Button size="sm" kind="quiet" className="max-md:h-11">
								<Plus />
								{t("addTag")}
							</Button>
						}
					>
						<TagPicker card={card} onChange={change} />
					</Popover>
				)}
			</div>
		</Part>
	);
}

function TagPicker({ card, onChange }: { card: Card; onChange: (tag: Tag, on: boolean) => void }) {
	const t = useWords(cardWords);
	const { data } = useTags();
	const client = useQueryClient();
	const [name, setName] = useState("");
	const [fault, setFault] = useState<unknown>();
	const make = async () => {
		if (!name.trim()) return;
		try {
			const tag = await ask(api.POST("/tags", { body: { name: name.trim() } }));
			void client.invalidateQueries({ queryKey: contactsKeys.tags });
			setName("");
			setFault(undefined);
			onChange(tag, true);
		} catch (error) {
			setFault(error);
		}
	};
	return (
		<div className="flex flex-col gap-3">
			<div className="max-h-56 overflow-y-auto empty:hidden">
				{data?.items.map((tag) => (
					<Checkbox
						key={tag.id}
						className="min-h-9 items-center max-md:min-h-11"
						checked={card.tags.some((one) => one.id === tag.id)}
						onChange={(on) => onChange(tag, on)}
						label={
							<span className="inline-flex items-center gap-2">
								<TagDot color={tag.color} />
								<span className="outside">{tag.name}</span>
							</span>
						}
					/>
				))}
			</div>
			<Field label={t("newTag")} name="name" fault={fault}>
				<Input
					value={name}
					maxLength={50}
					onChange={(e) => setName(e.target.value)}
					onKeyDown={(e) => e.key === "Enter" && void make()}
				/>
			</Field>
			<FormFault fault={fault} fields={["name"]} />
			<Button size="sm" disabled={!name.trim()} onClick={() => void make()}>
				{t("makeTag")}
			</Button>
		</div>
	);
}
