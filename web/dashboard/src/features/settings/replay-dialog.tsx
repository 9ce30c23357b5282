import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Dialog, Field, FormFault, Select, toast } from "@/ui";
import { webhookKeys } from "./keys";
import type { Webhook } from "./webhooks";
import { webhooksWords } from "./webhooks-words";
import { settingsWords } from "./words";

/** From when it is told again, in hours; 0 is from the oldest that is kept. */
const spans = [1, 24, 72, 168, 0] as const;

/** Has a webhook told again of what its receiver missed. */
export function ReplayDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
	const t = useWords(webhooksWords);
	const s = useWords(settingsWords);
	const queries = useQueryClient();
	const [hours, setHours] = useState<(typeof spans)[number]>(24);
	const replay = useMutation({
		mutationFn: () => {
			const body = hours === 0 ? { after: 0 } : { after: 0, since: Date.now() - hours * 3_600_000 };
			return ask(api.POST("/webhooks/{id}/replay", { params: { path: { id: webhook.id } }, body }));
		},
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: webhookKeys.list });
			void queries.invalidateQueries({ queryKey: webhookKeys.deliveriesOf(webhook.id) });
			toast(t("replayed"), { kind: "good" });
			onClose();
		},
	});
	const submit = (e: FormEvent) => {
		e.preventDefault();
		replay.mutate();
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("replay")}
			description={t("replayHint")}
			actions={
				<>
					<Button onClick={onClose}>{s("cancel")}</Button>
					<Button kind="main" type="submit" form="replay" busy={replay.isPending}>
						{t("replay")}
					</Button>
				</>
			}
		>
			<form id="replay" className="flex flex-col gap-4" onSubmit={submit}>
				<Field label={t("replayFrom")}>
					<Select value={hours} onChange={(e) => setHours(Number(e.target.value) as typeof hours)}>
						{spans.map((n) => (
							<option key={n} value={n}>
								{t(`from${n}`)}
							</option>
						))}
					</Select>
				</Field>
				<FormFault fault={replay.error} />
			</form>
		</Dialog>
	);
}
