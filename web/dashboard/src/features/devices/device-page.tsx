import { Link } from "@tanstack/react-router";
import { ArrowLeft, Smartphone } from "lucide-react";
import { Suspense, useState } from "react";
import { useCan } from "@/app/me";
import { Fault } from "@/lib/api/fault";
import { phoneNumber } from "@/lib/format";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { Button, Card, EmptyState, ErrorState, PageBody, PageHead, SkeletonRows, TabPanel, Tabs } from "@/ui";
import { Health } from "./health";
import { LinkCard } from "./link-card";
import { LinkDone } from "./link-done";
import { useDevice } from "./queries";
import { Settings } from "./settings";
import type { Device } from "./state";
import { Webhook } from "./webhook";
import { devicesWords } from "./words";

const StatusUpdates = lazily(() => import("./status-updates"));

/** One device: how it is, its settings, its webhook; and, where it is not linked, how to link it. */
export function DevicePage({ id }: { id: string }) {
	const t = useWords(devicesWords);
	const query = useDevice(id);
	if (query.error instanceof Fault && query.error.status === 404) {
		return (
			<PageBody>
				<EmptyState
					page
					icon={Smartphone}
					title={t("gone")}
					action={
						<Button asChild>
							<Link to="/devices">{t("back")}</Link>
						</Button>
					}
				>
					{t("goneHint")}
				</EmptyState>
			</PageBody>
		);
	}
	return (
		<PageBody>
			<PageHead
				title={query.data?.name ?? t("title")}
				description={query.data?.number ? phoneNumber(query.data.number) : undefined}
				back={
					<Button asChild kind="quiet" size="icon" className="-ml-2">
						<Link to="/devices" aria-label={t("back")}>
							<ArrowLeft aria-hidden />
						</Link>
					</Button>
				}
			/>
			{query.isPending && (
				<Card>
					<SkeletonRows rows={3} />
				</Card>
			)}
			{query.error && !query.data && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
			{query.data && <Sides device={query.data} />}
		</PageBody>
	);
}

function Sides({ device }: { device: Device }) {
	const t = useWords(devicesWords);
	const can = useCan();
	const [side, setSide] = useState("state");
	const [waited, setWaited] = useState(false);
	if (!device.linked && !waited) setWaited(true);
	const statuses = device.channel === "whatsapp" && can("chats.read");
	const sides = [
		"state",
		...(statuses ? ["status"] : []),
		...(can("devices.write") ? ["settings"] : []),
		...(can("webhooks.read") ? ["webhook"] : []),
	];
	return (
		<Tabs
			value={side}
			onValueChange={setSide}
			label={t("sides")}
			tabs={sides.map((value) => ({ value, label: t(`side_${value}` as "side_state") }))}
		>
			<TabPanel value="state" className="flex flex-col gap-4">
				{device.linked && waited && <LinkDone device={device} />}
				{!device.linked && can("devices.write") && <LinkCard device={device} />}
				<Health device={device} />
			</TabPanel>
			<TabPanel value="status" className="flex flex-col gap-4">
				<Suspense
					fallback={
						<Card>
							<SkeletonRows rows={2} />
						</Card>
					}
				>
					<StatusUpdates device={device} />
				</Suspense>
			</TabPanel>
			<TabPanel value="settings" className="flex flex-col gap-4">
				<Settings key={device.id} device={device} />
			</TabPanel>
			<TabPanel value="webhook" className="flex flex-col gap-4">
				<Webhook device={device} />
			</TabPanel>
		</Tabs>
	);
}
