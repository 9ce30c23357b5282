import { Pencil } from "lucide-react";
import type { ReactNode } from "react";
import { SaidBubble } from "@/app/saying/bubble";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Card, IconButton } from "@/ui";
import type { Draft } from "./draft";
import { numbersOf } from "./draft";
import { editorWords } from "./editor-words";
import { useDevices, useSegments, useTags } from "./queries";
import { ruleOf } from "./repeat";
import { useRepeatSaid } from "./repeat-said";
import { onlineOf } from "./step-when";
import { useWhen } from "./when";
import { whoWords } from "./who-words";

/** What was chosen in the steps before, each with a way back to it. */
export function Glance({ draft, onStep }: { draft: Draft; onStep: (step: number) => void }) {
	const t = useWords(editorWords);
	const when = useWhen();
	const format = useFormat();
	const said = useRepeatSaid();
	const { data: devices } = useDevices();
	const senders = draft.devices?.map((one) => one.id) ?? onlineOf(devices?.items ?? []);
	const names = devices?.items.filter((one) => senders.includes(one.id)).map((one) => one.name) ?? [];
	const hours = draft.hours ? `${format.clock(draft.from)}–${format.clock(draft.to)}` : undefined;
	const once = draft.startAt ? when(draft.startAt) : undefined;
	const begins = draft.repeat ? `${said(ruleOf(draft.repeat))} (${once})` : once;
	const pace = draft.preset === "" ? t("p_") : t(`p_${draft.preset}`);
	return (
		<Card className="flex flex-col gap-3">
			<Line label={t("step0")} change={t("changeStep", { step: t("step0") })} onChange={() => onStep(0)}>
				<Audience draft={draft} />
			</Line>
			<Line label={t("step1")} change={t("changeStep", { step: t("step1") })} onChange={() => onStep(1)}>
				<span className="flex flex-col gap-1.5 pt-1">
					{draft.variants.map((one, i) => (
						// biome-ignore lint/suspicious/noArrayIndexKey: a variant is known by its place
						<span key={i} className="flex flex-col [&>*]:self-start">
							<SaidBubble text={one.text} fileId={one.fileId} />
						</span>
					))}
				</span>
			</Line>
			<Line label={t("step2")} change={t("changeStep", { step: t("step2") })} onChange={() => onStep(2)}>
				{[names.join(", "), pace, hours, begins].filter(Boolean).join(" · ")}
			</Line>
		</Card>
	);
}

interface LineProps {
	label: string;
	change: string;
	onChange: () => void;
	children: ReactNode;
}

function Line({ label, change, onChange, children }: LineProps) {
	return (
		<div className="flex items-start gap-3 border-line not-last:border-b not-last:pb-3">
			<div className="min-w-0 flex-1">
				<h2 className="font-medium text-soft text-sm">{label}</h2>
				<div className="outside">{children}</div>
			</div>
			<IconButton label={change} onClick={onChange}>
				<Pencil />
			</IconButton>
		</div>
	);
}

function Audience({ draft }: { draft: Draft }) {
	const t = useWords(editorWords);
	const who = useWords(whoWords);
	const { data: segments } = useSegments();
	const { data: tags } = useTags();
	const text = () => {
		switch (draft.source) {
			case "all":
				return t("s_all");
			case "segment":
				return segments?.items.find((one) => one.id === draft.segment)?.name;
			case "tags":
				return tags?.items
					.filter((one) => draft.tags.includes(one.id))
					.map((one) => one.name)
					.join(", ");
			case "numbers":
				return t("numbersCount", { count: numbersOf(draft.numbers).length });
			case "contacts":
				return draft.contacts.length > 3
					? who("contactsCount", { count: draft.contacts.length })
					: draft.contacts.map((one) => one.name).join(", ");
			case "group":
				return draft.group?.name;
			case "file":
				return draft.file?.name;
			case "same":
				return draft.copied?.name;
		}
	};
	return (
		<>
			{draft.name.trim() && <span className="block font-medium">{draft.name}</span>}
			{t(`s_${draft.source}`)}
			{draft.source !== "all" && text() && `: ${text()}`}
		</>
	);
}
