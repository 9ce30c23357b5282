import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, Button, ConfirmDialog, EmptyState, ErrorState, FormFault, SkeletonRows, toast } from "@/ui";
import { APIKeyDialog } from "./api-key-dialog";
import { apiKeysWords } from "./api-keys-words";
import { apiKeyKeys } from "./keys";
import { Row, Rows, Section } from "./parts";
import { settingsWords } from "./words";

export type APIKey = Schema["MemberKey"];

/** The keys of other programs. */
export function APIKeys() {
	const t = useWords(apiKeysWords);
	const can = useCan()("keys.write");
	const [adding, setAdding] = useState(false);
	const [revoking, setRevoking] = useState<APIKey>();
	const list = useQuery({ queryKey: apiKeyKeys.list, queryFn: () => ask(api.GET("/api-keys")) });
	const good = list.data?.items.filter((key) => !key.revoked_at) ?? [];
	const old = list.data?.items.filter((key) => key.revoked_at) ?? [];
	const add = can && (
		<Button kind="main" onClick={() => setAdding(true)}>
			<Plus aria-hidden />
			{t("add")}
		</Button>
	);
	return (
		<>
			<Section title={t("title")} hint={t("hint")} actions={good.length > 0 && add}>
				<a href="/docs" className="self-start py-1 text-accent underline-offset-4 hover:underline">
					{t("docs")}
				</a>
				{list.isPending && <SkeletonRows rows={3} />}
				{list.error && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
				{list.data && good.length === 0 && (
					<EmptyState icon={KeyRound} title={t("empty")} action={add}>
						{t("emptyHint")}
					</EmptyState>
				)}
				{good.length > 0 && (
					<Rows label={t("title")}>
						{good.map((key) => (
							<KeyRow key={key.id} apiKey={key} onRevoke={can ? () => setRevoking(key) : undefined} />
						))}
					</Rows>
				)}
			</Section>
			{old.length > 0 && (
				<details>
					<summary className="cursor-pointer py-2 text-soft">{t("old")}</summary>
					<Rows label={t("old")}>
						{old.map((key) => (
							<KeyRow key={key.id} apiKey={key} />
						))}
					</Rows>
				</details>
			)}
			{adding && <APIKeyDialog onClose={() => setAdding(false)} />}
			{revoking && <Revoke apiKey={revoking} onClose={() => setRevoking(undefined)} />}
		</>
	);
}

/** What a key may do, in a word. */
function useScope() {
	const t = useWords(apiKeysWords);
	return (key: APIKey) => {
		// Keys from before there were scopes have none, not even an empty list.
		const scopes = key.scopes ?? [];
		const [only] = scopes;
		if (!only) return t("manage");
		if (scopes.length > 1) return t("somePermissions", { n: scopes.length });
		return only === "read" || only === "send" || only === "manage" ? t(only) : only;
	};
}

function KeyRow({ apiKey, onRevoke }: { apiKey: APIKey; onRevoke?: () => void }) {
	const t = useWords(apiKeysWords);
	const format = useFormat();
	const scope = useScope();
	const over = apiKey.expires_at && apiKey.expires_at < Date.now();
	return (
		<Row
			title={
				<>
					{apiKey.name}
					<code className="font-mono font-normal text-soft text-sm">…{apiKey.hint}</code>
					<Badge>{scope(apiKey)}</Badge>
					{over && <Badge kind="warn">{t("over")}</Badge>}
				</>
			}
			actions={onRevoke && <Button onClick={onRevoke}>{t("revoke")}</Button>}
		>
			{apiKey.revoked_at ? t("revoked", { at: format.full(apiKey.revoked_at) }) : <Used apiKey={apiKey} />}
		</Row>
	);
}

function Used({ apiKey }: { apiKey: APIKey }) {
	const t = useWords(apiKeysWords);
	const s = useWords(settingsWords);
	const format = useFormat();
	return (
		<>
			{apiKey.last_used_at ? t("used", { at: format.relative(apiKey.last_used_at) }) : t("neverUsed")}
			{apiKey.expires_at && ` · ${s("expires", { at: format.date(apiKey.expires_at) })}`}
		</>
	);
}

function Revoke({ apiKey, onClose }: { apiKey: APIKey; onClose: () => void }) {
	const t = useWords(apiKeysWords);
	const queries = useQueryClient();
	const revoke = useMutation({
		mutationFn: () => ask(api.DELETE("/api-keys/{id}", { params: { path: { id: apiKey.id } } })),
		onSuccess: () => {
			toast(t("revokeDone"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: apiKeyKeys.list });
			onClose();
		},
	});
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={t("revokeTitle", { name: apiKey.name })}
			description={t("revokeHint")}
			confirm={t("revoke")}
			danger
			busy={revoke.isPending}
			onConfirm={() => revoke.mutate()}
		>
			<FormFault fault={revoke.error} />
		</ConfirmDialog>
	);
}
