import { LoaderCircle } from "lucide-react";
import { type FormEvent, Suspense, useState } from "react";
import { useInstallation } from "@/app/installation";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { Button, Card, ErrorState, Field, FormFault, Input, Skeleton, TabPanel, Tabs } from "@/ui";
import { LinkAsk } from "./link-ask";
import { CodeShown, QRShown } from "./link-shown";
import { LinkSteps } from "./link-steps";
import { linkWords } from "./link-words";
import { phoneOf } from "./phone";
import { type Step, useLinkStep, useStartLink } from "./queries";
import { type Device, failure } from "./state";

const Scan = lazily(() => import("./scan"));

type Way = "qr" | "code";

/** WhatsApp's codes to scan begin like this, or have commas; those to type are eight letters. */
const isQR = (code: string) => code.length > 16;

/** How the last attempt to link a device ended that was never linked, when it failed before this page was there. */
function failedBefore({ state, state_why: reason }: Device): Step | null {
	return state === "new" && reason ? { step: "failed", reason } : null;
}

/** Links a device with its phone, step by step. */
export function LinkCard({ device }: { device: Device }) {
	const t = useWords(linkWords);
	const query = useLinkStep(device);
	const { data: installation } = useInstallation();
	// The end of an earlier attempt, before the device was unlinked, is no step of this one.
	const [begun, setBegun] = useState(false);
	if (!begun && query.data && query.data.step !== "done") setBegun(true);
	const step = query.data === null || (query.data?.step === "done" && !begun) ? failedBefore(device) : query.data;
	const [chosen, setWay] = useState<Way>();
	const way = chosen ?? (step?.code && !isQR(step.code) ? "code" : "qr");
	return (
		<Card className="flex flex-col gap-4">
			<div>
				<h2 className="text-lg">{t("linkTitle")}</h2>
				<p className="max-w-prose text-pretty text-soft">{t("linkHint")}</p>
			</div>
			{installation?.simulated && step !== undefined && step?.step !== "ask" && (
				<Suspense fallback={<Skeleton className="h-40" />}>
					<Scan device={device} way={way} isQR={isQR} />
				</Suspense>
			)}
			{query.isPending && <Skeleton className="h-64" />}
			{query.error && !step && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
			{step?.step === "ask" && step.ask && <LinkAsk device={device} step={step} ask={step.ask} />}
			{step !== undefined && step?.step !== "ask" && (
				<Tabs
					value={way}
					onValueChange={(value) => setWay(value as Way)}
					label={t("ways")}
					tabs={[
						{ value: "qr", label: t("byQR") },
						{ value: "code", label: t("byCode") },
					]}
				>
					<TabPanel value="qr">
						<ByQR device={device} step={step} />
					</TabPanel>
					<TabPanel value="code">
						<ByCode device={device} step={step} />
					</TabPanel>
				</Tabs>
			)}
		</Card>
	);
}

function Waiting() {
	const t = useWords(linkWords);
	return (
		<p role="status" className="flex min-h-40 items-center justify-center gap-2.5 text-soft">
			<LoaderCircle className="size-5 animate-spin" aria-hidden />
			{t("waiting")}
		</p>
	);
}

function Failure({ step }: { step: Step | null }) {
	const t = useWords(linkWords);
	if (step?.step !== "failed" || step.reason === "cancelled") return null;
	return (
		<div role="alert" className="rounded-md bg-warn-soft px-3.5 py-2.5 text-warn">
			<p className="font-medium">{t("notOk")}</p>
			<p>{t(failure(step.reason))}</p>
		</div>
	);
}

function ByQR({ device, step }: { device: Device; step: Step | null }) {
	const t = useWords(linkWords);
	const start = useStartLink(device.id);
	const shown = step?.step === "show_code" && step.code && isQR(step.code) ? step : undefined;
	const waiting = start.isPending || step?.step === "wait" || step?.step === "done";
	return (
		<div className="grid gap-6 md:grid-cols-[1fr_18rem] md:items-center">
			<LinkSteps way="qr" />
			<div className="flex flex-col gap-3 max-md:order-first">
				{shown && !start.isPending && <QRShown step={shown} />}
				{waiting && <Waiting />}
				<p className="text-center text-pretty text-soft text-sm md:hidden">{t("samePhone")}</p>
				{!shown && !waiting && (
					<>
						<Failure step={step} />
						<FormFault fault={start.error} />
						<Button kind="main" size="lg" onClick={() => start.mutate({ method: "qr" })}>
							{t(step?.step === "failed" ? "freshCode" : "showQR")}
						</Button>
					</>
				)}
			</div>
		</div>
	);
}

function ByCode({ device, step }: { device: Device; step: Step | null }) {
	const t = useWords(linkWords);
	const start = useStartLink(device.id);
	const [phone, setPhone] = useState(device.number ?? "");
	const shown = step?.step === "show_code" && step.code && !isQR(step.code) ? step : undefined;
	const waiting = start.isPending || step?.step === "wait" || step?.step === "done";
	const submit = (e: FormEvent) => {
		e.preventDefault();
		start.mutate({ method: "code", phone: phoneOf(phone) });
	};
	return (
		<div className="grid gap-6 md:grid-cols-[1fr_18rem] md:items-center">
			<LinkSteps way="code" />
			{shown && !start.isPending && (
				<div className="max-md:order-first">
					<CodeShown step={shown} />
				</div>
			)}
			{waiting && <Waiting />}
			{!shown && !waiting && (
				<form className="flex flex-col gap-3 max-md:order-first" onSubmit={submit}>
					<Failure step={step} />
					<Field label={t("phone")} name="phone" hint={t("phoneHint")} fault={start.error}>
						<Input
							type="tel"
							autoComplete="tel"
							required
							maxLength={32}
							value={phone}
							onChange={(e) => setPhone(e.target.value)}
						/>
					</Field>
					<FormFault fault={start.error} fields={["phone"]} />
					<Button type="submit" kind="main" size="lg">
						{t("getCode")}
					</Button>
				</form>
			)}
		</div>
	);
}
