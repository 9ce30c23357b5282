import { useState } from "react";
import { useInstallation } from "@/app/installation";
import { FilePicker } from "@/app/saying/file-picker";
import { TextEditor } from "@/app/saying/text-editor";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, Field, FormFault, Select, Sheet, toast } from "@/ui";
import type { Preset, Variant } from "./draft";
import { editorWords } from "./editor-words";
import { type Broadcast, toCome } from "./model";
import { useEdit } from "./more";
import { oneWords } from "./one-words";
import { incomplete, repeatOf, ruleOf } from "./repeat";
import { repeatWords } from "./repeat-words";
import { type When, WhenEdit } from "./when-edit";

/** While it is paused: what those get who are still to get it, and how fast. Of one that is to come in a series: when, too. */
export default function EditDialog({ one, onClose }: { one: Broadcast; onClose: () => void }) {
	const t = useWords(oneWords);
	const e = useWords(editorWords);
	const r = useWords(repeatWords);
	const { data: installation } = useInstallation();
	const [before] = useState(() => ({
		variants: one.variants.map((variant): Variant => ({ text: variant.text, fileId: variant.file_id })),
		preset: (one.pacing.preset ?? "") as Preset,
		when: { startAt: one.start_at ?? 0, repeat: repeatOf(one.repeat ?? "", one.start_at ?? 0) } as When,
	}));
	const [now, setNow] = useState(before);
	const [asks, setAsks] = useState(false);
	const edit = useEdit(one.id);
	const set = (at: number, more: Partial<Variant>) =>
		setNow({ ...now, variants: now.variants.map((variant, i) => (i === at ? { ...variant, ...more } : variant)) });
	const save = () =>
		edit.mutate(
			{
				variants: now.variants,
				pacing: now.preset ? { preset: now.preset } : {},
				start_at: now.when.startAt !== before.when.startAt ? now.when.startAt : undefined,
				repeat: now.when.repeat !== before.when.repeat && now.when.repeat ? ruleOf(now.when.repeat) : undefined,
			},
			{
				onSuccess: () => {
					toast(t("saved"), { kind: "good" });
					onClose();
				},
			},
		);
	const leave = () => (JSON.stringify(now) === JSON.stringify(before) ? onClose() : setAsks(true));
	const paces: Preset[] = ["", "cautious", "normal", "bold", ...(installation?.simulated ? (["none"] as const) : [])];
	return (
		<Sheet
			open
			onOpenChange={leave}
			title={toCome(one) ? r("editTitle") : t("editTitle")}
			description={toCome(one) ? r("editHint") : t("editHint")}
			className="max-w-xl"
			actions={
				<Button
					kind="main"
					busy={edit.isPending}
					disabled={now.when.repeat && incomplete(now.when.repeat)}
					onClick={save}
				>
					{t("save")}
				</Button>
			}
		>
			<div className="flex flex-col gap-5">
				{now.variants.map((variant, i) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: a variant is known by its place
					<div key={i} className="flex flex-col gap-2">
						<TextEditor
							label={now.variants.length > 1 ? e("textN", { n: i + 1 }) : e("text")}
							name={`variants[${i}].text`}
							value={variant.text}
							variables={[
								{ name: "name", word: "varName" },
								{ name: "phone", word: "varPhone" },
							]}
							fault={edit.error}
							choicesHint={e("choicesHint")}
							onChange={(text) => set(i, { text })}
						/>
						<FilePicker id={variant.fileId} onChange={(fileId) => set(i, { fileId })} />
					</div>
				))}
				<Field label={e("pace")} name="pacing.preset" fault={edit.error}>
					<Select value={now.preset} onChange={(event) => setNow({ ...now, preset: event.target.value as Preset })}>
						{paces.map((preset) => (
							<option key={preset} value={preset}>
								{e(`p_${preset}`)}
							</option>
						))}
					</Select>
				</Field>
				{toCome(one) && <WhenEdit when={now.when} fault={edit.error} onChange={(when) => setNow({ ...now, when })} />}
				<FormFault fault={edit.error} fields={["pacing.preset", "start_at"]} />
			</div>
			{asks && (
				<ConfirmDialog
					open
					onOpenChange={setAsks}
					title={t("editLeave")}
					description={t("editLeaveHint")}
					confirm={e("throwAway")}
					danger
					onConfirm={onClose}
				/>
			)}
		</Sheet>
	);
}
