import { useState } from "react";
import { useCan } from "@/app/me";
import { phoneNumber, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Card, cn, Switch } from "@/ui";
import { DeleteDialog, UnlinkDialog } from "./end-dialogs";
import { useChangeDevice, useHistory } from "./queries";
import { Standing } from "./standing";
import { type Device, told } from "./state";
import { stateIcons } from "./state-badge";
import { devicesWords } from "./words";

const grounds = {
	good: "bg-good-soft text-good",
	warn: "bg-warn-soft text-warn",
	bad: "bg-bad-soft text-bad",
	plain: "bg-sunken text-soft",
};

/** How a device is, why, since when, what to do now; and what ends it. */
export function Health({ device }: { device: Device }) {
	const can = useCan();
	return (
		<>
			<Card className="flex flex-col gap-5">
				<State device={device} />
				<Facts device={device} />
			</Card>
			<Standing id={device.id} />
			{can("devices.write") && <Deeds device={device} />}
		</>
	);
}

/** The network's own number or word, where we have no words for it. */
function rawCode(device: Device): string | undefined {
	const known = ["", "lifted", "unlinked", "device_removed", "not_linked", "stopped", "open_failed"];
	const why = device.state_why ?? "";
	return ["online", "connecting", "linking", "new"].includes(device.state) || known.includes(why) ? undefined : why;
}

function State({ device }: { device: Device }) {
	const t = useWords(devicesWords);
	const format = useFormat();
	const { kind, title, why, todo } = told(device);
	const Icon = stateIcons[kind];
	const code = rawCode(device);
	return (
		<div className="flex items-start gap-3.5" role="status">
			<span className={cn("inline-flex size-11 shrink-0 items-center justify-center rounded-full", grounds[kind])}>
				<Icon className="size-6" aria-hidden />
			</span>
			<div className="flex min-w-0 flex-col gap-1">
				<h2 className="text-lg">{t(title)}</h2>
				{why && <p className="text-pretty">{t(why)}</p>}
				{todo && <p className="text-pretty font-medium">{t(todo)}</p>}
				<p className="outside text-soft text-sm">
					{[
						device.state_until
							? t("until", { when: format.full(device.state_until) })
							: t("since", { when: format.full(device.state_since) }),
						code && t("code", { code }),
					]
						.filter(Boolean)
						.join(" · ")}
				</p>
			</div>
		</div>
	);
}

function Facts({ device }: { device: Device }) {
	const t = useWords(devicesWords);
	const format = useFormat();
	const rows: [string, string | undefined][] = [
		[t("account"), device.account_name],
		[t("number"), device.number && phoneNumber(device.number)],
		[t("linkedAt"), device.linked_at ? format.full(device.linked_at) : undefined],
		[t("made"), format.full(device.created_at)],
	];
	return (
		<dl className="grid gap-x-8 gap-y-3 border-line border-t pt-4 sm:grid-cols-2">
			{rows.map(
				([name, value]) =>
					value && (
						<div key={name} className="min-w-0">
							<dt className="text-soft text-sm">{name}</dt>
							<dd className="outside tabular-nums">{value}</dd>
						</div>
					),
			)}
			{device.linked && <History device={device} />}
		</dl>
	);
}

function History({ device }: { device: Device }) {
	const t = useWords(devicesWords);
	const format = useFormat();
	const { data } = useHistory(device);
	if (!data) return null;
	const count = format.number(data.messages);
	const coming = data.pending > 0 || (data.messages > 0 && data.percent < 100);
	return (
		<div className="min-w-0 sm:col-span-2">
			<dt className="text-soft text-sm">{t("history")}</dt>
			<dd className="flex flex-col gap-1.5">
				{coming && (
					<progress
						aria-label={t("history")}
						className="h-2 w-full max-w-md appearance-none overflow-hidden rounded-full [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
						max={100}
						value={data.percent}
					/>
				)}
				<span>
					{coming && t("historyComing", { percent: data.percent, count })}
					{!coming && (data.messages > 0 ? t("historyDone", { count }) : t("historyNone"))}
				</span>
				{data.bounded && <span className="text-soft text-sm">{t("historyBounded")}</span>}
			</dd>
		</div>
	);
}

function Deeds({ device }: { device: Device }) {
	const t = useWords(devicesWords);
	const change = useChangeDevice(device.id);
	const [asked, setAsked] = useState<"unlink" | "remove">();
	return (
		<Card className="flex flex-col gap-5">
			<h2 className="sr-only">{t("dangers")}</h2>
			<Switch
				label={t("pause")}
				hint={t("pauseHint")}
				checked={device.paused}
				onChange={(paused) => change.mutate({ paused })}
			/>
			<div className="flex flex-wrap gap-2 border-line border-t pt-4">
				{device.linked && <Button onClick={() => setAsked("unlink")}>{t("unlink")}</Button>}
				<Button className="text-bad" onClick={() => setAsked("remove")}>
					{t("remove")}
				</Button>
			</div>
			{asked === "unlink" && <UnlinkDialog device={device} onClose={() => setAsked(undefined)} />}
			{asked === "remove" && <DeleteDialog device={device} onClose={() => setAsked(undefined)} />}
		</Card>
	);
}
