import { useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Trash2, Users } from "lucide-react";
import { useState } from "react";
import { useCan, useMe } from "@/app/me";
import { api } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Checkbox, ConfirmDialog, Dialog, EmptyState, Field, IconButton, Input, toastFault } from "@/ui";
import { moreWords } from "./more-words";
import { moved, type SavedView, useSavedViews, viewKeys, viewsChanged } from "./saved-views";

/** Names, shares, orders and deletes the views that were saved. */
export function ViewsDialog({ onClose }: { onClose: () => void }) {
	const t = useWords(moreWords);
	const client = useQueryClient();
	const views = useSavedViews();
	const move = async (id: string, by: 1 | -1) => {
		const ids = moved(
			views.map((view) => view.id),
			id,
			by,
		);
		client.setQueryData(viewKeys.list, { items: ids.map((one) => views.find((view) => view.id === one)) });
		try {
			await api.PUT("/views/order", { body: { ids } });
		} catch (error) {
			toastFault(error);
			await viewsChanged(client);
		}
	};
	return (
		<Dialog
			open
			onOpenChange={onClose}
			title={t("viewsTitle")}
			description={t("viewsHint")}
			actions={
				<Button kind="main" onClick={onClose}>
					{t("done")}
				</Button>
			}
		>
			{views.length === 0 && <EmptyState title={t("noViews")} />}
			<ul className="flex flex-col">
				{views.map((view, i) => (
					<Row
						key={view.id}
						view={view}
						first={i === 0}
						last={i === views.length - 1}
						onMove={(by) => void move(view.id, by)}
					/>
				))}
			</ul>
		</Dialog>
	);
}

interface RowProps {
	view: SavedView;
	first: boolean;
	last: boolean;
	onMove: (by: 1 | -1) => void;
}

function Row({ view, first, last, onMove }: RowProps) {
	const t = useWords(moreWords);
	const client = useQueryClient();
	const me = useMe();
	const admin = useCan()("members.write");
	const [name, setName] = useState(view.name);
	const [removing, setRemoving] = useState(false);
	const mine = admin || view.by_id === me.member?.id;
	const attempt = async (call: () => Promise<unknown>) => {
		try {
			await call();
		} catch (error) {
			toastFault(error);
			setName(view.name);
		}
		await viewsChanged(client);
	};
	const params = { path: { id: view.id } };
	const rename = () => {
		if (name.trim() && name !== view.name) void attempt(() => api.PATCH("/views/{id}", { params, body: { name } }));
		else setName(view.name);
	};
	return (
		<li className="flex flex-wrap items-center gap-1 border-line py-1.5 not-last:border-b">
			{mine ? (
				<Field label={t("rename", { name: view.name })} hideLabel className="min-w-32 flex-1">
					<Input
						value={name}
						maxLength={100}
						onChange={(e) => setName(e.target.value)}
						onBlur={rename}
						onKeyDown={(e) => e.key === "Enter" && rename()}
					/>
				</Field>
			) : (
				<span className="outside flex min-w-32 flex-1 items-center gap-2 px-1">
					<Users className="size-4 shrink-0 text-soft" aria-hidden />
					{view.name}
				</span>
			)}
			{mine && (
				<Checkbox
					className="min-h-11 items-center px-1"
					label={t("shared")}
					checked={view.shared}
					onChange={(shared) => void attempt(() => api.PATCH("/views/{id}", { params, body: { shared } }))}
				/>
			)}
			<span className="ml-auto flex">
				<IconButton label={t("up", { name: view.name })} disabled={first} onClick={() => onMove(-1)}>
					<ArrowUp />
				</IconButton>
				<IconButton label={t("down", { name: view.name })} disabled={last} onClick={() => onMove(1)}>
					<ArrowDown />
				</IconButton>
				{mine && (
					<IconButton label={t("remove", { name: view.name })} onClick={() => setRemoving(true)}>
						<Trash2 />
					</IconButton>
				)}
			</span>
			{removing && (
				<ConfirmDialog
					open
					danger
					onOpenChange={() => setRemoving(false)}
					title={t("removeView")}
					description={t(view.shared ? "removeShared" : "removeOwn", { name: view.name })}
					confirm={t("delete")}
					onConfirm={() => {
						setRemoving(false);
						void attempt(() => api.DELETE("/views/{id}", { params }));
					}}
				/>
			)}
		</li>
	);
}
