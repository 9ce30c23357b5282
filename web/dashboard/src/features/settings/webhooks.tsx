import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
	Ellipsis,
	FileClock,
	History,
	KeyRound,
	Pencil,
	Plus,
	Send,
	Trash2,
	Webhook as WebhookIcon,
} from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import {
	Badge,
	Button,
	DropdownMenu,
	EmptyState,
	ErrorState,
	IconButton,
	MenuItem,
	MenuLine,
	SkeletonRows,
	Switch,
	toast,
	toastFault,
} from "@/ui";
import { Deliveries } from "./deliveries";
import { webhookKeys } from "./keys";
import { Row, Rows, Section } from "./parts";
import { ReplayDialog } from "./replay-dialog";
import { WebhookDialog } from "./webhook-dialog";
import { NewSecret, RemoveWebhook } from "./webhook-dialogs";
import { webhooksWords } from "./webhooks-words";
import { settingsWords } from "./words";

export type Webhook = Schema["WebhookHookView"];
type Deed = "edit" | "log" | "replay" | "secret" | "remove";

/** What tells other programs of what happens. */
export function Webhooks() {
	const t = useWords(webhooksWords);
	const can = useCan()("webhooks.write");
	const [adding, setAdding] = useState(false);
	const [open, setOpen] = useState<{ webhook: Webhook; deed: Deed }>();
	const close = () => setOpen(undefined);
	const list = useQuery({
		queryKey: webhookKeys.list,
		queryFn: () => ask(api.GET("/webhooks", { params: { query: { limit: 100 } } })),
	});
	const none = list.data?.items.length === 0;
	const add = can && (
		<Button kind="main" onClick={() => setAdding(true)}>
			<Plus aria-hidden />
			{t("add")}
		</Button>
	);
	return (
		<Section title={t("title")} hint={t("hint")} actions={!none && add}>
			{list.isPending && <SkeletonRows rows={3} />}
			{list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
			{none && (
				<EmptyState icon={WebhookIcon} title={t("empty")} action={add}>
					{t("emptyHint")}
				</EmptyState>
			)}
			{list.data && !none && (
				<Rows label={t("title")}>
					{list.data.items.map((webhook) => (
						<WebhookRow key={webhook.id} webhook={webhook} can={can} onDeed={(deed) => setOpen({ webhook, deed })} />
					))}
				</Rows>
			)}
			{adding && <WebhookDialog onClose={() => setAdding(false)} />}
			{open?.deed === "edit" && <WebhookDialog webhook={open.webhook} onClose={close} />}
			{open?.deed === "log" && <Deliveries webhook={open.webhook} onClose={close} />}
			{open?.deed === "replay" && <ReplayDialog webhook={open.webhook} onClose={close} />}
			{open?.deed === "secret" && <NewSecret webhook={open.webhook} onClose={close} />}
			{open?.deed === "remove" && <RemoveWebhook webhook={open.webhook} onClose={close} />}
		</Section>
	);
}

function WebhookRow({ webhook, can, onDeed }: { webhook: Webhook; can: boolean; onDeed: (deed: Deed) => void }) {
	const t = useWords(webhooksWords);
	const queries = useQueryClient();
	const turn = useMutation({
		mutationFn: (enabled: boolean) =>
			ask(api.PATCH("/webhooks/{id}", { params: { path: { id: webhook.id } }, body: { enabled } })),
		onSuccess: () => queries.invalidateQueries({ queryKey: webhookKeys.list }),
		onError: toastFault,
	});
	const off = webhook.disabled_why ? t("gone") : t("off");
	return (
		<Row
			title={
				<>
					<span className="outside">{webhook.url}</span>
					{!webhook.enabled && <Badge kind="warn">{off}</Badge>}
					{webhook.replay_to && <Badge>{t("replaying")}</Badge>}
				</>
			}
			actions={
				<>
					{can && (
						<Switch
							hideLabel
							label={t("enabledOf", { url: webhook.url })}
							checked={turn.isPending ? turn.variables : webhook.enabled}
							onChange={turn.mutate}
						/>
					)}
					<WebhookMenu webhook={webhook} can={can} onDeed={onDeed} />
				</>
			}
		>
			<span className="outside line-clamp-2 font-mono">{webhook.events.join(", ")}</span>
		</Row>
	);
}

function WebhookMenu({ webhook, can, onDeed }: { webhook: Webhook; can: boolean; onDeed: (deed: Deed) => void }) {
	const t = useWords(webhooksWords);
	const s = useWords(settingsWords);
	const queries = useQueryClient();
	const test = useMutation({
		mutationFn: () => ask(api.POST("/webhooks/{id}/test", { params: { path: { id: webhook.id } } })),
		onSuccess: () => {
			void queries.invalidateQueries({ queryKey: webhookKeys.deliveriesOf(webhook.id) });
			toast(t("tested"), { kind: "good", action: { label: t("log"), run: () => onDeed("log") } });
		},
		onError: toastFault,
	});
	return (
		<DropdownMenu
			trigger={
				<IconButton label={s("more", { name: webhook.url })}>
					<Ellipsis />
				</IconButton>
			}
		>
			<MenuItem icon={<FileClock aria-hidden />} onSelect={() => onDeed("log")}>
				{t("log")}
			</MenuItem>
			{can && (
				<>
					<MenuItem icon={<Send aria-hidden />} onSelect={() => test.mutate()}>
						{t("test")}
					</MenuItem>
					<MenuItem
						icon={<History aria-hidden />}
						disabled={!webhook.enabled || Boolean(webhook.replay_to)}
						onSelect={() => onDeed("replay")}
					>
						{t("replay")}
					</MenuItem>
					<MenuItem icon={<Pencil aria-hidden />} onSelect={() => onDeed("edit")}>
						{s("edit")}
					</MenuItem>
					<MenuItem icon={<KeyRound aria-hidden />} onSelect={() => onDeed("secret")}>
						{t("newSecret")}
					</MenuItem>
					<MenuLine />
					<MenuItem danger icon={<Trash2 aria-hidden />} onSelect={() => onDeed("remove")}>
						{t("remove")}
					</MenuItem>
				</>
			)}
		</DropdownMenu>
	);
}
