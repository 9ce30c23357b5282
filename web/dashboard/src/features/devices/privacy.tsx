import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCan } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Card, ErrorState, Field, Select, SkeletonRows, toast, toastFault } from "@/ui";
import { devicesKeys } from "./keys";
import { privacyWords } from "./privacy-words";
import { settingWords } from "./settings-words";
import type { Device } from "./state";

type Privacy = Schema["ProfilePrivacyView"];

const people = ["all", "contacts", "contact_blacklist", "none"] as const;

/** What can be chosen, in the order in which it is asked for: first what customers notice. */
const choices = {
	read_receipts: ["all", "none"],
	groups: people,
	calls: ["all", "known"],
	last_seen: people,
	online: ["all", "match_last_seen"],
	picture: people,
	about: people,
} as const;

type Name = keyof typeof choices;
type Value = (typeof choices)[Name][number];

const names = Object.keys(choices) as Name[];

/** Whom the account lets see and do what. It is WhatsApp that keeps it: it is asked for, and changed there. */
export function PrivacyCard({ device }: { device: Device }) {
	const t = useWords(privacyWords);
	const online = device.state === "online";
	const params = { path: { id: device.id } };
	const privacy = useQuery({
		queryKey: devicesKeys.privacy(device.id),
		queryFn: () => ask(api.GET("/devices/{id}/privacy", { params })),
		enabled: online,
		retry: false,
	});
	return (
		<Card className="flex flex-col gap-4">
			<div>
				<h2 className="text-lg">{t("title")}</h2>
				<p className="text-soft">{t("hint")}</p>
			</div>
			{!online && <p>{t("away")}</p>}
			{online && privacy.isPending && <SkeletonRows rows={3} />}
			{online && privacy.error && <ErrorState error={privacy.error} onRetry={() => void privacy.refetch()} />}
			{online && privacy.data && <Choices id={device.id} privacy={privacy.data} />}
		</Card>
	);
}

function Choices({ id, privacy }: { id: string; privacy: Privacy }) {
	const t = useWords(privacyWords);
	const s = useWords(settingWords);
	const can = useCan()("devices.write");
	const client = useQueryClient();
	const queryKey = devicesKeys.privacy(id);
	const change = useMutation({
		mutationFn: (body: Partial<Privacy>) =>
			ask(api.PATCH("/devices/{id}/privacy", { params: { path: { id } }, body: body as Schema["PrivacyInBody"] })),
		onSuccess: (now) => {
			client.setQueryData(queryKey, now);
			toast(s("saved"), { kind: "good" });
		},
		onError: (fault) => toastFault(fault),
	});
	const shown = { ...privacy, ...(change.isPending ? change.variables : {}) };
	return (
		<div className="grid gap-4 sm:grid-cols-2">
			{names.map((name) => {
				const values: readonly Value[] = choices[name];
				return (
					<Field key={name} label={t(name)} hint={name === "read_receipts" ? t("read_receiptsHint") : undefined}>
						<Select
							value={shown[name]}
							disabled={!can || change.isPending}
							onChange={(e) => change.mutate({ [name]: e.target.value } as Partial<Privacy>)}
						>
							{!values.some((value) => value === shown[name]) && <option value={shown[name]}>{shown[name]}</option>}
							{values.map((value) => (
								<option key={value} value={value}>
									{name === "read_receipts" ? t(value === "all" ? "on" : "off") : t(value)}
								</option>
							))}
						</Select>
					</Field>
				);
			})}
		</div>
	);
}

/** Where office hours are set: they are the workspace's. */
export function HoursLine() {
	const t = useWords(privacyWords);
	return (
		<p className="text-soft text-sm">
			{t("hours")}{" "}
			<Link
				to="/settings/$"
				params={{ _splat: "workspace" }}
				className="text-accent-ink underline underline-offset-4 max-md:inline-block max-md:py-2"
			>
				{t("hoursLink")}
			</Link>
		</p>
	);
}
