import { type ReactNode, useState } from "react";
import { Fault } from "@/lib/api/fault";
import { useWords } from "@/lib/words";
import { Button, Card, Field, Input, Switch, Textarea, toast } from "@/ui";
import { PaceCard } from "./pace";
import { HoursLine, PrivacyCard } from "./privacy";
import { type Settings as Change, useChangeDevice } from "./queries";
import { settingWords } from "./settings-words";
import type { Device } from "./state";

/** What can be set about a device. Switches count at once, what is typed when it is saved. */
export function Settings({ device }: { device: Device }) {
	return (
		<>
			<General device={device} />
			<PaceCard id={device.id} />
			<Calls device={device} />
			<PrivacyCard device={device} />
			<History device={device} />
			<ProxyForm device={device} />
		</>
	);
}

/** Changes the device, and says when it is saved. */
function useSave(device: Device) {
	const t = useWords(settingWords);
	const change = useChangeDevice(device.id);
	const save = (body: Change, then?: () => void) =>
		change.mutate(body, {
			onSuccess: () => {
				toast(t("saved"), { kind: "good" });
				then?.();
			},
		});
	const fault = change.error instanceof Fault && change.error.field ? change.error : undefined;
	return { save, change, fault };
}

function General({ device }: { device: Device }) {
	const t = useWords(settingWords);
	const { save, change, fault } = useSave(device);
	const [name, setName] = useState(device.name);
	return (
		<Card className="flex flex-col gap-5">
			<h2 className="text-lg">{t("general")}</h2>
			<Form onSave={() => save({ name: name.trim() })} busy={change.isPending} same={name.trim() === device.name}>
				<Field label={t("deviceName")} name="name" fault={fault}>
					<Input required maxLength={100} value={name} onChange={(e) => setName(e.target.value)} />
				</Field>
			</Form>
			<Switch
				label={t("autoread")}
				hint={t("autoreadHint")}
				checked={device.autoread}
				onChange={(autoread) => change.mutate({ autoread })}
			/>
			<Switch
				label={t("keepStatuses")}
				hint={t("keepStatusesHint")}
				checked={!device.ignore_statuses}
				onChange={(keep) => change.mutate({ ignore_statuses: !keep })}
			/>
			<Switch
				label={t("tellTyping")}
				hint={t("tellTypingHint")}
				checked={device.tell_typing}
				onChange={(tell_typing) => change.mutate({ tell_typing })}
			/>
			<Switch
				label={t("showOnline")}
				hint={t("showOnlineHint")}
				checked={device.show_online}
				onChange={(show_online) => change.mutate({ show_online })}
			/>
			<HoursLine />
		</Card>
	);
}

function Calls({ device }: { device: Device }) {
	const t = useWords(settingWords);
	const { save, change, fault } = useSave(device);
	const now = device.reject_calls_message ?? "";
	const [text, setText] = useState(now);
	return (
		<Card className="flex flex-col gap-5">
			<h2 className="text-lg">{t("calls")}</h2>
			<Switch
				label={t("reject")}
				hint={t("rejectHint")}
				checked={device.reject_calls}
				onChange={(reject_calls) => change.mutate({ reject_calls })}
			/>
			{device.reject_calls && (
				<Form onSave={() => save({ reject_calls_message: text.trim() })} busy={change.isPending} same={text === now}>
					<Field label={t("rejectMessage")} name="reject_calls_message" hint={t("rejectMessageHint")} fault={fault}>
						<Textarea
							maxLength={1000}
							placeholder={t("rejectExample")}
							value={text}
							onChange={(e) => setText(e.target.value)}
						/>
					</Field>
				</Form>
			)}
		</Card>
	);
}

function History({ device }: { device: Device }) {
	const t = useWords(settingWords);
	const { save, change, fault } = useSave(device);
	const [perChat, setPerChat] = useState(String(device.history_per_chat));
	const [total, setTotal] = useState(String(device.history_total));
	const same = perChat === String(device.history_per_chat) && total === String(device.history_total);
	return (
		<Card className="flex flex-col gap-4">
			<div>
				<h2 className="text-lg">{t("historyTitle")}</h2>
				<p className="text-soft">{t("historyHint")}</p>
			</div>
			<Form
				onSave={() => save({ history_per_chat: Number(perChat), history_total: Number(total) })}
				busy={change.isPending}
				same={same}
			>
				<div className="grid w-full gap-4 sm:grid-cols-2">
					<Field label={t("perChat")} name="history_per_chat" fault={fault}>
						<Input
							type="number"
							required
							min={1}
							max={100_000}
							value={perChat}
							onChange={(e) => setPerChat(e.target.value)}
						/>
					</Field>
					<Field label={t("total")} name="history_total" fault={fault}>
						<Input
							type="number"
							required
							min={1}
							max={10_000_000}
							value={total}
							onChange={(e) => setTotal(e.target.value)}
						/>
					</Field>
				</div>
			</Form>
		</Card>
	);
}

function ProxyForm({ device }: { device: Device }) {
	const t = useWords(settingWords);
	const { save, change, fault } = useSave(device);
	const [text, setText] = useState("");
	return (
		<Card className="flex flex-col gap-4">
			<div>
				<h2 className="text-lg">{t("proxy")}</h2>
				<p className="text-soft">{t("proxyHint")}</p>
			</div>
			{device.proxy && <p className="outside">{t("proxyNow", { proxy: device.proxy })}</p>}
			<Form
				onSave={() => save({ proxy: text.trim() }, () => setText(""))}
				busy={change.isPending}
				same={text.trim() === ""}
			>
				<Field label={t("proxyNew")} name="proxy" fault={fault}>
					<Input
						autoComplete="off"
						spellCheck={false}
						maxLength={1024}
						placeholder={t("proxyExample")}
						value={text}
						onChange={(e) => setText(e.target.value)}
					/>
				</Field>
			</Form>
			{device.proxy && (
				<div>
					<Button busy={change.isPending} onClick={() => save({ proxy: "" })}>
						{t("proxyRemove")}
					</Button>
				</div>
			)}
		</Card>
	);
}

interface FormProps {
	onSave: () => void;
	busy: boolean;
	/** Nothing is different from what is saved. */
	same: boolean;
	children: ReactNode;
}

function Form({ onSave, busy, same, children }: FormProps) {
	const t = useWords(settingWords);
	return (
		<form
			className="flex flex-col items-start gap-3 [&>*:first-child]:w-full"
			onSubmit={(e) => {
				e.preventDefault();
				onSave();
			}}
		>
			{children}
			<Button type="submit" busy={busy} disabled={same}>
				{t("save")}
			</Button>
		</form>
	);
}
