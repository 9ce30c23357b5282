import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useMe } from "@/app/me";
import { useStore } from "@/lib/store";
import { useWords } from "@/lib/words";
import { Button, Card, Dialog, FormFault, IconButton, PageBody, PageHead, toastFault } from "@/ui";
import { blank, type Draft, missing } from "./draft";
import { editorWords } from "./editor-words";
import { keep, keptDraft } from "./kept";
import { drop } from "./queries";
import { StepReview } from "./step-review";
import { StepWhat } from "./step-what";
import { StepWhen } from "./step-when";
import { StepWho } from "./step-who";
import { Steps } from "./steps";

export interface StepProps {
	draft: Draft;
	change: (more: Partial<Draft>) => void;
}

/** A broadcast is made in four steps: who, what, when, and a look at what will be. */
export default function Editor() {
	const t = useWords(editorWords);
	const workspace = useMe().workspace.id;
	const kept = useStore(keptDraft(workspace));
	const draft = kept ?? blank();
	const navigate = useNavigate();
	const [tried, setTried] = useState(false);
	const change = (more: Partial<Draft>) => keep(workspace, { ...(keptDraft(workspace).get() ?? blank()), ...more });
	useAskedSegment(change);
	const leaving = useBlocker({
		shouldBlockFn: ({ current, next }) => Boolean(keptDraft(workspace).get()) && current.pathname !== next.pathname,
		enableBeforeUnload: false, // what is kept outlives the tab
		withResolver: true,
	});
	const lacks = missing(draft, draft.step);
	const go = (step: number) => {
		const stopped = [0, 1, 2].find((one) => one < step && missing(draft, one));
		setTried(stopped !== undefined);
		change({ step: stopped ?? step });
	};
	const heading = useHeading(draft.step);
	return (
		<PageBody className="max-w-4xl">
			<PageHead
				title={t("title")}
				description={t("stepOf", { n: draft.step + 1 })}
				actions={
					<IconButton label={t("leave")} onClick={() => void navigate({ to: "/broadcasts" })}>
						<X />
					</IconButton>
				}
			/>
			<Steps at={draft.step} onStep={go} />
			<div ref={heading} tabIndex={-1} className="flex flex-col gap-4 outline-none">
				{draft.step === 0 && <StepWho draft={draft} change={change} />}
				{draft.step === 1 && <StepWhat draft={draft} change={change} />}
				{draft.step === 2 && <StepWhen draft={draft} change={change} />}
				{draft.step === 3 && <StepReview draft={draft} change={change} onStep={go} />}
			</div>
			{draft.step < 3 && (
				<Card className="sticky bottom-3 flex flex-wrap justify-between gap-2 p-3 shadow-float">
					{tried && lacks && (
						<div className="w-full">
							<FormFault fault={t(`m_${lacks}`)} />
						</div>
					)}
					<Button kind="quiet" disabled={draft.step === 0} onClick={() => go(draft.step - 1)}>
						<ArrowLeft aria-hidden />
						{t("previous")}
					</Button>
					<Button kind="main" onClick={() => go(draft.step + 1)}>
						{t("next")}
						<ArrowRight aria-hidden />
					</Button>
				</Card>
			)}
			{leaving.status === "blocked" && <Leaving draft={draft} onEnd={leaving.reset} onOut={leaving.proceed} />}
		</PageBody>
	);
}

/** When another step is shown, it has the focus and begins at its top. */
function useHeading(step: number) {
	const box = useRef<HTMLDivElement>(null);
	const before = useRef(step);
	useEffect(() => {
		if (before.current === step) return;
		before.current = step;
		box.current?.focus({ preventScroll: true });
		box.current?.parentElement?.parentElement?.scrollTo({ top: 0 });
	}, [step]);
	return box;
}

/** Who comes from a segment has it chosen already. */
function useAskedSegment(change: (more: Partial<Draft>) => void) {
	const { segment } = useSearch({ strict: false }) as { segment?: string };
	const navigate = useNavigate();
	const done = useRef(false);
	useEffect(() => {
		if (!segment || done.current) return;
		done.current = true;
		change({ source: "segment", segment, step: 0 });
		void navigate({ to: "/broadcasts/$broadcast", params: { broadcast: "new" }, search: {} as never, replace: true });
	});
}

/** Asks whether what was filled in is to stay, whichever way the editor is left. */
function Leaving({ draft, onEnd, onOut }: { draft: Draft; onEnd: () => void; onOut: () => void }) {
	const t = useWords(editorWords);
	const workspace = useMe().workspace.id;
	const throwAway = () => {
		keep(workspace, undefined);
		if (draft.made) drop(draft.made.id).catch(toastFault);
		onOut();
	};
	return (
		<Dialog
			open
			onOpenChange={(open) => !open && onEnd()}
			title={t("leaveTitle")}
			description={t("leaveHint")}
			actions={
				<>
					<Button kind="quiet" className="text-bad" onClick={throwAway}>
						{t("throwAway")}
					</Button>
					<Button kind="main" onClick={onOut}>
						{t("keep")}
					</Button>
				</>
			}
		/>
	);
}
