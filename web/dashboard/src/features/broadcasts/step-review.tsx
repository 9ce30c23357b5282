import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useMe } from "@/app/me";
import { useKeyFor } from "@/app/saying/key-for";
import { api, ask } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Card, ErrorState } from "@/ui";
import { type Body, bodyOf, type Draft } from "./draft";
import type { StepProps } from "./editor";
import { editorWords } from "./editor-words";
import { Glance } from "./glance";
import { keep } from "./kept";
import { broadcastsKeys } from "./keys";
import type { Broadcast } from "./model";
import { drop, useBroadcast, useDevices } from "./queries";
import { Counting, Review } from "./review";
import { onlineOf } from "./step-when";

/** In which step a field is that the server refuses. */
function stepOf(field: string | undefined): number {
	if (field?.startsWith("audience")) return 0;
	return field && /^(device_ids|weights|pacing|window|start_at|repeat)/.test(field) ? 2 : 1;
}

interface ReviewProps extends StepProps {
	onStep: (step: number) => void;
}

/** Has the recipients counted, shows who gets it and who does not, and starts it. */
export function StepReview({ draft, change, onStep }: ReviewProps) {
	const t = useWords(editorWords);
	const navigate = useNavigate();
	const workspace = useMe().workspace.id;
	const { data: devices } = useDevices();
	const made = useMade({ draft, change, online: devices && onlineOf(devices.items) });
	const one = useBroadcast(made.id);
	const started = (id: string) => {
		keep(workspace, undefined);
		void navigate({ to: "/broadcasts/$broadcast", params: { broadcast: id } });
	};
	const error = made.error ?? (one.data ? undefined : one.error);
	return (
		<>
			<Glance draft={draft} onStep={onStep} />
			{error && (
				<Card>
					<ErrorState error={error} onRetry={made.error ? made.retry : () => void one.refetch()} />
					{error instanceof Fault && !error.passing && (
						<div className="flex justify-center pb-4">
							<Button kind="main" onClick={() => onStep(stepOf(error.field))}>
								{t("mend")}
							</Button>
						</div>
					)}
				</Card>
			)}
			{!error && (!one.data || one.data.state === "draft") && <Counting looked={0} />}
			{!error && one.data && one.data.state !== "draft" && (
				<Review one={one.data} onChange={() => onStep(0)} onStarted={() => started(one.data.id)} />
			)}
		</>
	);
}

/** Makes on the server what the draft says, once: what was made of the same draft before is taken up again. */
function useMade({ draft, change, online }: StepProps & { online: string[] | undefined }) {
	const t = useWords(editorWords);
	const format = useFormat();
	const client = useQueryClient();
	const keyFor = useKeyFor();
	const [id, setId] = useState<string>();
	const [error, setError] = useState<unknown>();
	const busy = useRef(false);
	const make = useEffectEvent(async () => {
		if (!online || busy.current) return;
		busy.current = true;
		setError(undefined);
		try {
			const body = bodyOf(draft, online, t("unnamed", { date: format.date(Date.now()) }));
			const of = JSON.stringify(body);
			if (draft.made?.of === of && (await isThere(draft.made.id))) setId(draft.made.id);
			else {
				if (draft.made) await drop(draft.made.id);
				const header = { "Idempotency-Key": keyFor([body, draft.made?.id]) };
				const fresh = await makeOf(draft, body, header);
				change({ made: { id: fresh.id, of } });
				client.setQueryData(
					broadcastsKeys.one(fresh.id),
					await ask(api.POST("/broadcasts/{id}/prepare", { params: { path: { id: fresh.id } } })),
				);
				setId(fresh.id);
			}
		} catch (fault) {
			setError(fault);
		}
		busy.current = false;
	});
	const ready = Boolean(online);
	useEffect(() => {
		if (ready) void make();
	}, [ready]);
	return { id, error, retry: () => void make() };
}

/** A new broadcast of the draft; of a copy that goes to the same people, the server's own copy with what was changed. */
async function makeOf(draft: Draft, body: Body, header: { "Idempotency-Key": string }): Promise<Broadcast> {
	if (draft.source !== "same" || !draft.copied) return ask(api.POST("/broadcasts", { params: { header }, body }));
	const path = { id: draft.copied.id };
	const copy = await ask(api.POST("/broadcasts/{id}/duplicate", { params: { path, header } }));
	const { audience: _, draft: __, ...rest } = body;
	const changed = {
		...rest,
		variables: rest.variables ?? {},
		window: rest.window ?? { from: "", to: "" },
		start_at: rest.start_at ?? 0,
		repeat: rest.repeat ?? "",
	};
	try {
		return await ask(api.PATCH("/broadcasts/{id}", { params: { path: { id: copy.id } }, body: changed }));
	} catch (error) {
		await drop(copy.id);
		throw error;
	}
}

/** Whether what was counted before can still be started. */
async function isThere(id: string): Promise<boolean> {
	try {
		const { state } = await ask(api.GET("/broadcasts/{id}", { params: { path: { id } } }));
		return state === "ready" || state === "planning";
	} catch (error) {
		if (error instanceof Fault && error.status === 404) return false;
		throw error;
	}
}
