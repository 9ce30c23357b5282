import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, ConfirmDialog, Dialog, FormFault, toast } from "@/ui";
import { webhookKeys } from "./keys";
import { Once } from "./parts";
import type { Webhook } from "./webhooks";
import { webhooksWords } from "./webhooks-words";
import { settingsWords } from "./words";

interface Props {
	webhook: Webhook;
	onClose: () => void;
}

/** A webhook's secret, at the only moment when it can be seen. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
	const t = useWords(webhooksWords);
	const s = useWords(settingsWords);
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("secret")}
			description={t("secretHint")}
			actions={<Button onClick={onClose}>{s("done")}</Button>}
		>
			<Once value={secret} label={t("secret")} />
		</Dialog>
	);
}

export function NewSecret({ webhook, onClose }: Props) {
	const t = useWords(webhooksWords);
	const renew = useMutation({
		mutationFn: () => ask(api.POST("/webhooks/{id}/secret", { params: { path: { id: webhook.id } } })),
	});
	if (renew.data) return <SecretDialog secret={renew.data.secret} onClose={onClose} />;
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={t("newSecret")}
			description={t("newSecretHint")}
			confirm={t("newSecret")}
			danger
			busy={renew.isPending}
			onConfirm={() => renew.mutate()}
		>
			<FormFault fault={renew.error} />
		</ConfirmDialog>
	);
}

export function RemoveWebhook({ webhook, onClose }: Props) {
	const t = useWords(webhooksWords);
	const queries = useQueryClient();
	const remove = useMutation({
		mutationFn: () => ask(api.DELETE("/webhooks/{id}", { params: { path: { id: webhook.id } } })),
		onSuccess: () => {
			toast(t("removed"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: webhookKeys.list });
			onClose();
		},
	});
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={t("remove")}
			description={t("removeHint")}
			confirm={t("remove")}
			danger
			busy={remove.isPending}
			onConfirm={() => remove.mutate()}
		>
			<p className="outside font-mono text-sm">{webhook.url}</p>
			<FormFault fault={remove.error} />
		</ConfirmDialog>
	);
}
