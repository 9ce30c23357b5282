import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, ErrorState, Field, FormFault, Input, SkeletonRows, toastFault } from "@/ui";
import { contactsKeys } from "./keys";
import { manageWords } from "./manage-words";
import type { Tag } from "./model";
import { useTags } from "./queries";
import { RemoveButton } from "./remove-button";

/** What a new tag is coloured like, one after the other. */
const colors = ["#16a34a", "#2563eb", "#d97706", "#dc2626", "#9333ea", "#0891b2", "#db2777", "#65a30d"];

/** All tags, to make, name, colour and delete. */
export default function TagsDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(manageWords);
	const { data, error, refetch } = useTags();
	return (
		<Dialog open onOpenChange={(open) => !open && onClose()} title={t("tags")} description={t("tagsHint")}>
			{error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
			{!error && !data && <SkeletonRows rows={3} />}
			{data?.items.length === 0 && <p className="py-4 text-soft">{t("noTags")}</p>}
			<ul className="flex flex-col">
				{data?.items.map((tag) => (
					<li key={tag.id} className="border-line border-b">
						<Line tag={tag} />
					</li>
				))}
			</ul>
			{data && <NewTag count={data.items.length} />}
		</Dialog>
	);
}

/** Has lists and sheets show what became of the tags. */
function useTold() {
	const client = useQueryClient();
	return () => {
		void client.invalidateQueries({ queryKey: contactsKeys.tags });
		void client.invalidateQueries({ queryKey: contactsKeys.all });
		void client.invalidateQueries({ queryKey: contactsKeys.segments });
	};
}

function Line({ tag }: { tag: Tag }) {
	const t = useWords(manageWords);
	const can = useCan();
	const told = useTold();
	const [name, setName] = useState(tag.name);
	const [color, setColor] = useState(tag.color || "#808080");
	const params = { path: { id: tag.id } };
	const save = async (body: { name?: string; color?: string }) => {
		try {
			await ask(api.PATCH("/tags/{id}", { params, body }));
			told();
		} catch (error) {
			setName(tag.name);
			setColor(tag.color || "#808080");
			toastFault(error);
		}
	};
	const write = can("contacts.write");
	return (
		<div className="flex items-center gap-2 py-1.5">
			<ColorInput
				label={t("colorOf", { name: tag.name })}
				value={color}
				disabled={!write}
				onChange={setColor}
				onDone={() => color !== tag.color && void save({ color })}
			/>
			<Input
				aria-label={t("edit", { name: tag.name })}
				value={name}
				maxLength={50}
				disabled={!write}
				onChange={(e) => setName(e.target.value)}
				onBlur={() => name.trim() && name.trim() !== tag.name && void save({ name: name.trim() })}
				onKeyDown={(e) => e.key === "Enter" && e.currentTarget.blur()}
				className="border-transparent bg-transparent"
			/>
			{can("contacts.manage") && (
				<RemoveButton
					name={tag.name}
					hint={t("removeTagHint")}
					onRemove={async () => {
						await ask(api.DELETE("/tags/{id}", { params }));
						told();
					}}
				/>
			)}
		</div>
	);
}

interface ColorProps {
	label: string;
	value: string;
	disabled?: boolean;
	onChange: (color: string) => void;
	onDone?: () => void;
}

function ColorInput({ label, value, disabled, onChange, onDone }: ColorProps) {
	return (
		<input
			type="color"
			aria-label={label}
			value={value}
			disabled={disabled}
			onChange={(e) => onChange(e.target.value)}
			onBlur={onDone}
			className="size-10 shrink-0 cursor-pointer rounded-md border border-line bg-raised p-1.5 max-md:size-11"
		/>
	);
}

function NewTag({ count }: { count: number }) {
	const t = useWords(manageWords);
	const can = useCan()("contacts.write");
	const told = useTold();
	const [name, setName] = useState("");
	const [chosen, setChosen] = useState<string>();
	const [fault, setFault] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	if (!can) return null;
	const color = chosen ?? colors[count % colors.length] ?? "#808080";
	const send = async (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		try {
			await ask(api.POST("/tags", { body: { name: name.trim(), color } }));
			setName("");
			setChosen(undefined);
			setFault(undefined);
			told();
		} catch (error) {
			setFault(error);
		}
		setBusy(false);
	};
	return (
		<form className="flex flex-col gap-2 pt-4" onSubmit={(e) => void send(e)}>
			<Field label={t("tagName")} name="name" fault={fault}>
				<div className="flex gap-2">
					<ColorInput label={t("color")} value={color} onChange={setChosen} />
					<NameInput value={name} onChange={setName} />
					<Button kind="main" type="submit" busy={busy} disabled={!name.trim()}>
						{t("create")}
					</Button>
				</div>
			</Field>
			<FormFault fault={fault} fields={["name"]} />
		</form>
	);
}

function NameInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
	return <Input value={value} maxLength={50} autoComplete="off" onChange={(e) => onChange(e.target.value)} />;
}
