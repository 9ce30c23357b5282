import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { BellOff, Volume2 } from "lucide-react";
import { useState } from "react";
import { muted, setMuted, sound } from "@/app/chime";
import { useCan, useMe } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { ability, type Bell, type BellKind, type Choice, switchOff, switchOn } from "@/lib/bell";
import { useWords } from "@/lib/words";
import { Button, Card, Checkbox, EmptyState, ErrorState, SkeletonRows, Switch, toast } from "@/ui";
import { bellKeys } from "./keys";
import { notificationWords } from "./notifications-words";
import { Section } from "./parts";

/** What this browser tells its person: while no page is open, and by a sound while one is. */
export function Notifications() {
	const t = useWords(notificationWords);
	const able = ability();
	return (
		<>
			<Section title={t("title")} hint={t("hint")}>
				{able === "ready" ? (
					<Told />
				) : (
					<Card>
						<EmptyState icon={BellOff} title={t(able)}>
							{t(`${able}Text`)}
						</EmptyState>
					</Card>
				)}
			</Section>
			<Section title={t("sound")} hint={t("soundHint")}>
				<Sound />
			</Section>
		</>
	);
}

function Told() {
	const bell = useQuery({ queryKey: bellKeys.mine, queryFn: () => ask(api.GET("/me/bell")) });
	if (bell.isPending) return <SkeletonRows rows={3} />;
	if (bell.error) return <ErrorState error={bell.error} onRetry={() => void bell.refetch()} />;
	return <Form bell={bell.data} />;
}

/** Switches it on and off, and changes what is told; the browser may refuse, which is told in its own words. */
function useBell(bell: Bell) {
	const t = useWords(notificationWords);
	const queries = useQueryClient();
	const member = useMe().member?.id ?? "";
	return useMutation({
		mutationFn: async (next: Choice | "on" | "off") => {
			if (next === "off") await switchOff();
			else if ((await Notification.requestPermission()) !== "granted") toast(t("denied"), { kind: "bad" });
			else await switchOn(bell, member, next === "on" ? {} : next);
		},
		onError: (error) => toast(error instanceof Fault ? error.text : t("failed"), { kind: "bad" }),
		onSettled: () => queries.invalidateQueries({ queryKey: bellKeys.all }),
	});
}

/** What is wished shows at once; what came of it shows when it is known. */
function wished(bell: Bell, next: Choice | "on" | "off" | undefined): Bell {
	if (next === "on" || next === "off") return { ...bell, on: next === "on" };
	return { ...bell, ...next };
}

function Form({ bell: known }: { bell: Bell }) {
	const t = useWords(notificationWords);
	const change = useBell(known);
	const bell = change.isPending ? wished(known, change.variables) : known;
	const test = useMutation({
		mutationFn: () => ask(api.POST("/me/bell/test")),
		onSuccess: () => toast(t("tested"), { kind: "good" }),
		onError: (error) => toast(error.message, { kind: "bad" }),
	});
	return (
		<Card className="flex flex-col gap-5">
			<Switch
				label={t("here")}
				hint={t("hereHint")}
				checked={bell.on}
				disabled={change.isPending}
				onChange={(on) => change.mutate(on ? "on" : "off")}
			/>
			{bell.on && (
				<>
					{bell.code && (
						<p className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">{t("refused", { code: bell.code })}</p>
					)}
					<Kinds bell={bell} busy={change.isPending} onChange={(kinds) => change.mutate({ kinds })} />
					<Switch
						label={t("preview")}
						hint={t("previewHint")}
						checked={bell.preview}
						disabled={change.isPending}
						onChange={(preview) => change.mutate({ preview })}
					/>
					<div>
						<Button busy={test.isPending} onClick={() => test.mutate()}>
							{t("test")}
						</Button>
					</div>
				</>
			)}
		</Card>
	);
}

const all: BellKind[] = ["mine", "team", "unassigned", "groups", "assigned", "mentions", "devices"];

function Kinds({ bell, busy, onChange }: { bell: Bell; busy: boolean; onChange: (kinds: BellKind[]) => void }) {
	const t = useWords(notificationWords);
	// Numbers are the business of who may link them; nobody else is told.
	const mine = useCan()("devices.write") ? all : all.filter((kind) => kind !== "devices");
	return (
		<fieldset className="flex flex-col gap-3">
			<legend className="mb-3 font-medium">{t("kinds")}</legend>
			{mine.map((kind) => (
				<Checkbox
					key={kind}
					label={t(kind)}
					hint={kind === "unassigned" ? t("unassignedHint") : undefined}
					checked={bell.kinds.includes(kind)}
					disabled={busy}
					onChange={(on) => onChange(on ? [...bell.kinds, kind] : bell.kinds.filter((one) => one !== kind))}
				/>
			))}
		</fieldset>
	);
}

function Sound() {
	const t = useWords(notificationWords);
	const [silent, setSilent] = useState(muted());
	return (
		<Card className="flex flex-col gap-4">
			<Switch
				label={t("soundOn")}
				checked={!silent}
				onChange={(on) => {
					setMuted(!on);
					setSilent(!on);
				}}
			/>
			<div>
				<Button onClick={sound}>
					<Volume2 aria-hidden />
					{t("listen")}
				</Button>
			</div>
		</Card>
	);
}
