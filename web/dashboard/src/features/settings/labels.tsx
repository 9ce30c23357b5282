import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Pencil, Plus, Tags, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { LabelDot } from "@/app/label-mark";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import {
	Button,
	ConfirmDialog,
	EmptyState,
	ErrorState,
	Field,
	FormFault,
	IconButton,
	Select,
	SkeletonRows,
	toast,
} from "@/ui";
import { labelKeys } from "./keys";
import { LabelDialog } from "./label-dialog";
import { labelsWords } from "./labels-words";
import { Row, Rows, Section } from "./parts";
import { settingsWords } from "./words";

export type Label = Schema["ChatLabelView"];

/** The labels of each number, which its phone has, too. */
export function Labels() {
	const t = useWords(labelsWords);
	const devices = useQuery({ queryKey: ["devices", "list", {}], queryFn: () => ask(api.GET("/devices")) });
	const [chosen, setChosen] = useState("");
	const all = devices.data?.items ?? [];
	const device = all.find((one) => one.id === chosen) ?? all[0];
	if (device)
		return (
			<OfDevice key={device.id} device={device.id}>
				{all.length > 1 && (
					<Field label={t("device")}>
						<Select value={device.id} onChange={(e) => setChosen(e.target.value)}>
							{all.map((one) => (
								<option key={one.id} value={one.id}>
									{one.name}
								</option>
							))}
						</Select>
					</Field>
				)}
			</OfDevice>
		);
	return (
		<Section title={t("title")} hint={t("hint")}>
			{devices.isPending && <SkeletonRows rows={3} />}
			{devices.error && <ErrorState error={devices.error} onRetry={() => void devices.refetch()} />}
			{devices.data && (
				<EmptyState
					icon={Tags}
					title={t("noDevice")}
					action={
						<Link to="/devices" className="font-medium text-accent-ink underline underline-offset-4">
							{t("toDevices")}
						</Link>
					}
				>
					{t("noDeviceHint")}
				</EmptyState>
			)}
		</Section>
	);
}

function OfDevice({ device, children }: { device: string; children: ReactNode }) {
	const t = useWords(labelsWords);
	const can = useCan()("chats.write");
	const [editing, setEditing] = useState<Label | "new">();
	const [removing, setRemoving] = useState<Label>();
	const labels = useQuery({
		queryKey: labelKeys.list(device),
		queryFn: () => ask(api.GET("/devices/{id}/labels", { params: { path: { id: device } } })),
	});
	const add = can && (
		<Button kind="main" onClick={() => setEditing("new")}>
			<Plus aria-hidden />
			{t("add")}
		</Button>
	);
	const list = labels.data?.items ?? [];
	return (
		<Section title={t("title")} hint={t("hint")} actions={list.length > 0 && add}>
			{children}
			{labels.isPending && <SkeletonRows rows={3} />}
			{labels.error && <ErrorState error={labels.error} onRetry={() => void labels.refetch()} />}
			{labels.data && list.length === 0 && (
				<EmptyState icon={Tags} title={t("empty")} action={add}>
					{t(can ? "emptyHint" : "emptyHintRead")}
				</EmptyState>
			)}
			{list.length > 0 && (
				<Rows label={t("title")}>
					{list.map((label) => (
						<LabelRow
							key={label.id}
							label={label}
							onEdit={can ? () => setEditing(label) : undefined}
							onRemove={can ? () => setRemoving(label) : undefined}
						/>
					))}
				</Rows>
			)}
			{editing && (
				<LabelDialog
					device={device}
					label={editing === "new" ? undefined : editing}
					color={list.length % 20}
					onClose={() => setEditing(undefined)}
				/>
			)}
			{removing && <RemoveLabel label={removing} onClose={() => setRemoving(undefined)} />}
		</Section>
	);
}

function LabelRow({ label, onEdit, onRemove }: { label: Label; onEdit?: () => void; onRemove?: () => void }) {
	const t = useWords(labelsWords);
	const s = useWords(settingsWords);
	return (
		<Row
			icon={<LabelDot color={label.color} className="size-5" />}
			title={label.name}
			actions={
				<>
					{onEdit && (
						<IconButton label={`${s("edit")}: ${label.name}`} onClick={onEdit}>
							<Pencil />
						</IconButton>
					)}
					{onRemove && (
						<IconButton label={`${t("remove")}: ${label.name}`} onClick={onRemove}>
							<Trash2 />
						</IconButton>
					)}
				</>
			}
		/>
	);
}

function RemoveLabel({ label, onClose }: { label: Label; onClose: () => void }) {
	const t = useWords(labelsWords);
	const queries = useQueryClient();
	const params = { path: { id: label.device_id, label_id: label.id } };
	const remove = useMutation({
		mutationFn: () => ask(api.DELETE("/devices/{id}/labels/{label_id}", { params })),
		onSuccess: () => {
			toast(t("removed"), { kind: "good" });
			void queries.invalidateQueries({ queryKey: labelKeys.all });
			onClose();
		},
	});
	return (
		<ConfirmDialog
			open
			onOpenChange={onClose}
			title={t("removeTitle", { name: label.name })}
			description={t("removeHint")}
			confirm={t("remove")}
			danger
			busy={remove.isPending}
			onConfirm={() => remove.mutate()}
		>
			<FormFault fault={remove.error} />
		</ConfirmDialog>
	);
}
