import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, Button, Dialog, Field, Input } from "@/ui";
import { cardWords } from "./card-words";
import { Part } from "./contact-sheet";
import { contactsKeys } from "./keys";
import type { Card } from "./model";
import { useSave } from "./queries";

type State = "in" | "out";

/** Whether the contact wants broadcasts, how that came, and noting that it is otherwise now. */
export function Consent({ card }: { card: Card }) {
	const t = useWords(cardWords);
	const may = useCan();
	const can = may("contacts.write");
	// Who has opted out comes back by themselves, or by an owner who says why.
	const mayUndo = card.consent !== "out" || may("workspace.own");
	const [asked, setAsked] = useState<State>();
	const kind = { in: "good", out: "warn", unknown: "plain" } as const;
	return (
		<Part title={t("consent")}>
			<div className="flex flex-wrap items-center gap-2">
				<Badge kind={kind[card.consent]}>{t(`state_${card.consent}`)}</Badge>
				{can && mayUndo && card.consent !== "in" && (
					<Button size="sm" className="max-md:h-11" onClick={() => setAsked("in")}>
						{t("setIn")}
					</Button>
				)}
				{can && card.consent !== "out" && (
					<Button size="sm" className="max-md:h-11" onClick={() => setAsked("out")}>
						{t("setOut")}
					</Button>
				)}
			</div>
			<p className="text-sm text-soft">{t(can && !mayUndo ? "outHint" : "consentHint")}</p>
			<History id={card.id} />
			{asked && <Ask card={card} state={asked} onClose={() => setAsked(undefined)} />}
		</Part>
	);
}

function Ask({ card, state, onClose }: { card: Card; state: State; onClose: () => void }) {
	const t = useWords(cardWords);
	const client = useQueryClient();
	const save = useSave(card.id);
	const [why, setWhy] = useState("");
	const [busy, setBusy] = useState(false);
	const send = async () => {
		setBusy(true);
		const params = { path: { id: card.id } };
		const saved = await save(() => ask(api.PUT("/contacts/{id}/consent", { params, body: { state, why } })));
		setBusy(false);
		if (!saved) return;
		void client.invalidateQueries({ queryKey: contactsKeys.consents(card.id) });
		onClose();
	};
	const title = t(state === "in" ? "setIn" : "setOut");
	const undoes = card.consent === "out";
	return (
		<Dialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={title}
			actions={
				<>
					<Button onClick={onClose}>{t("cancel")}</Button>
					<Button kind="main" busy={busy} disabled={undoes && !why.trim()} onClick={() => void send()}>
						{t("save")}
					</Button>
				</>
			}
		>
			<Field label={t("why")} hint={t(undoes ? "whyNeeded" : "whyHint")}>
				<Input required={undoes} value={why} maxLength={500} onChange={(e) => setWhy(e.target.value)} />
			</Field>
		</Dialog>
	);
}

function History({ id }: { id: string }) {
	const t = useWords(cardWords);
	const format = useFormat();
	const { data } = useQuery({
		queryKey: contactsKeys.consents(id),
		queryFn: () => ask(api.GET("/contacts/{id}/consents", { params: { path: { id } } })),
	});
	if (!data || data.items.length === 0) return null;
	const line = (one: Schema["ContactConsentView"]) =>
		`${t(one.state === "in" ? "state_in" : "state_out")}, ${t(`source_${one.source}`)}`;
	return (
		<details className="text-sm">
			<summary className="min-h-9 cursor-pointer py-2 text-accent-ink max-md:min-h-11">
				{t("history")} ({data.items.length})
			</summary>
			<ol className="flex flex-col gap-2 border-line border-l pl-3">
				{data.items.map((one) => (
					<li key={`${one.at}-${one.state}`}>
						<p>{line(one)}</p>
						{one.why && <p className="outside text-soft">{one.why}</p>}
						<p className="text-soft text-xs">{format.full(one.at)}</p>
					</li>
				))}
			</ol>
		</details>
	);
}
