import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive, Download, Trash2, X } from "lucide-react";
import { useState } from "react";
import { api, ask, base, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, EmptyState, ErrorState, IconButton, SkeletonRows, toast, toastFault } from "@/ui";
import { AskPassword } from "./ask-password";
import { dataWords } from "./data-words";
import { takeoutKeys } from "./keys";
import { Row, Rows, Section } from "./parts";

type Takeout = Schema["TakeoutView"];

const underWay = (one: Takeout) => one.state === "queued" || one.state === "running";

/** The copies of everything: making one, how far it is, and downloading it. */
export function Takeouts() {
	const t = useWords(dataWords);
	const [asking, setAsking] = useState(false);
	const list = useQuery({
		queryKey: takeoutKeys.list,
		queryFn: () => ask(api.GET("/takeouts")),
		// Another node that writes it tells nobody here.
		refetchInterval: ({ state }) => (state.data?.items.some(underWay) ? 5_000 : false),
	});
	const items = list.data?.items;
	const make = (
		<Button kind="main" disabled={items?.some(underWay)} onClick={() => setAsking(true)}>
			<Archive aria-hidden />
			{t("make")}
		</Button>
	);
	return (
		<Section title={t("title")} hint={t("hint")} actions={items && items.length > 0 && make}>
			{list.isPending && <SkeletonRows rows={2} />}
			{list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
			{items?.length === 0 && (
				<EmptyState icon={Archive} title={t("none")} action={make}>
					{t("noneHint")}
				</EmptyState>
			)}
			{items && items.length > 0 && (
				<Rows label={t("title")}>
					{items.map((one) => (
						<TakeoutRow key={one.id} takeout={one} />
					))}
				</Rows>
			)}
			{asking && <Make onClose={() => setAsking(false)} />}
		</Section>
	);
}

function Make({ onClose }: { onClose: () => void }) {
	const t = useWords(dataWords);
	const queries = useQueryClient();
	const make = useMutation({
		mutationFn: (password: string) => ask(api.POST("/takeouts", { body: { password } })),
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: takeoutKeys.list });
			toast(t("made"), { kind: "good" });
			onClose();
		},
	});
	return (
		<AskPassword
			title={t("makeTitle")}
			description={t("makeHint")}
			confirm={t("make")}
			busy={make.isPending}
			fault={make.error}
			onConfirm={make.mutate}
			onClose={onClose}
		/>
	);
}

function TakeoutRow({ takeout }: { takeout: Takeout }) {
	const t = useWords(dataWords);
	const format = useFormat();
	const queries = useQueryClient();
	const [asked, setAsked] = useState(false);
	const remove = useMutation({
		mutationFn: () => ask(api.DELETE("/takeouts/{id}", { params: { path: { id: takeout.id } } })),
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: takeoutKeys.list });
			toast(t("removed"));
		},
		onError: toastFault,
	});
	const at = format.full(takeout.created_at);
	const ready = takeout.state === "ready";
	return (
		<Row
			title={t("of", { at })}
			actions={
				<>
					{ready && (
						<Button asChild>
							<a href={`${base}/takeouts/${takeout.id}/content`} download>
								<Download aria-hidden />
								{t("download")}
							</a>
						</Button>
					)}
					<IconButton
						label={t(underWay(takeout) ? "cancel" : "remove")}
						onClick={() => (ready ? setAsked(true) : remove.mutate())}
					>
						{underWay(takeout) ? <X /> : <Trash2 />}
					</IconButton>
				</>
			}
		>
			<State takeout={takeout} />
			<ConfirmDialog
				open={asked}
				onOpenChange={setAsked}
				title={t("remove")}
				description={t("removeHint")}
				confirm={t("remove")}
				danger
				busy={remove.isPending}
				onConfirm={() => remove.mutate(undefined, { onSettled: () => setAsked(false) })}
			/>
		</Row>
	);
}

function State({ takeout }: { takeout: Takeout }) {
	const t = useWords(dataWords);
	const format = useFormat();
	const { state, done, total, size = 0, expires_at = 0 } = takeout;
	if (state === "ready") return t("ready", { size: format.bytes(size), until: format.full(expires_at) });
	if (state !== "running") return t(state);
	if (total === 0) return t("counting");
	return (
		<>
			<span role="status">{t("running", { done: format.number(done), total: format.number(total) })}</span>
			<progress className="mt-1.5 block h-1.5 w-full max-w-80" max={total} value={done} aria-hidden />
		</>
	);
}
