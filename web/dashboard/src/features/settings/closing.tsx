import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useMe } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Card, ErrorState, Field, Input, SkeletonRows, toast, toastFault } from "@/ui";
import { AskPassword } from "./ask-password";
import { dataWords } from "./data-words";
import { closingKeys } from "./keys";
import { Section } from "./parts";

/** Deleting the whole workspace, and thinking better of it. */
export function Closing() {
	const t = useWords(dataWords);
	const [asking, setAsking] = useState(false);
	const closing = useQuery({ queryKey: closingKeys.mine, queryFn: () => ask(api.GET("/workspace/closing")) });
	return (
		<Section title={t("closing")} hint={t("closingHint")}>
			{closing.isPending && <SkeletonRows rows={1} />}
			{closing.error && <ErrorState error={closing.error} onRetry={() => void closing.refetch()} />}
			{closing.data?.closing && <Closes at={closing.data.due_at ?? 0} by={closing.data.by_name ?? ""} />}
			{closing.data && !closing.data.closing && (
				<Button kind="danger" className="self-start" onClick={() => setAsking(true)}>
					{t("close")}
				</Button>
			)}
			{asking && <Close onClose={() => setAsking(false)} />}
		</Section>
	);
}

function Closes({ at, by }: { at: number; by: string }) {
	const t = useWords(dataWords);
	const format = useFormat();
	const queries = useQueryClient();
	const keep = useMutation({
		mutationFn: () => ask(api.DELETE("/workspace/closing")),
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: closingKeys.mine });
			toast(t("kept"), { kind: "good" });
		},
		onError: toastFault,
	});
	return (
		<Card className="flex flex-wrap items-center gap-3 border-bad">
			<TriangleAlert className="size-6 shrink-0 text-bad" aria-hidden />
			<p className="min-w-0 flex-1 basis-60">
				<span className="block font-medium">{t("closes", { at: format.full(at) })}</span>
				<span className="outside block text-soft text-sm">{t("closesBy", { name: by })}</span>
			</p>
			<Button busy={keep.isPending} onClick={() => keep.mutate()}>
				{t("keep")}
			</Button>
		</Card>
	);
}

function Close({ onClose }: { onClose: () => void }) {
	const t = useWords(dataWords);
	const { workspace } = useMe();
	const queries = useQueryClient();
	const [name, setName] = useState("");
	const close = useMutation({
		mutationFn: (password: string) => ask(api.POST("/workspace/closing", { body: { password, name } })),
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: closingKeys.mine });
			toast(t("closed"));
			onClose();
		},
	});
	return (
		<AskPassword
			title={t("closeTitle", { name: workspace.name })}
			description={t("closeHint")}
			confirm={t("close")}
			danger
			busy={close.isPending}
			fault={close.error}
			fields={["name"]}
			onConfirm={close.mutate}
			onClose={onClose}
		>
			<Field
				label={<span className="outside">{t("closeType", { name: workspace.name })}</span>}
				name="name"
				fault={close.error}
			>
				<Input required value={name} autoComplete="off" onChange={(e) => setName(e.target.value)} />
			</Field>
		</AskPassword>
	);
}
