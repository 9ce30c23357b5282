import { useQuery } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useCan } from "@/app/me";
import { SaidBubble } from "@/app/saying/bubble";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Field, FormFault, Input, Select } from "@/ui";
import { useDevices } from "./queries";
import { type Answered, aGroup, stranger, tryOut, type Writer } from "./try";
import { tryWords } from "./words";

/** Somebody who has written before, if there is anybody. */
function useKnown(device: string | undefined): Writer | undefined {
	const can = useCan();
	const { data } = useQuery({
		queryKey: ["chats", "any", "known", device],
		queryFn: () => ask(api.GET("/chats", { params: { query: { device_id: device, limit: 50 } } })),
		enabled: Boolean(device) && can("chats.read"),
		staleTime: Number.POSITIVE_INFINITY,
	});
	const chat = data?.items.find((one) => !one.group && one.contact.phone);
	return chat?.contact.phone ? { from: chat.contact.phone, name: chat.contact.name } : undefined;
}

interface Tried {
	question: string;
	answers: Answered[];
}

/** Asks the rules as a customer would. */
export function TryIt() {
	const t = useWords(tryWords);
	const { data: devices } = useDevices();
	const [chosen, setChosen] = useState<string>();
	const [from, setFrom] = useState<"known" | "new" | "group">();
	const [text, setText] = useState("");
	const [tried, setTried] = useState<Tried>();
	const [fault, setFault] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const device = chosen ?? devices?.items[0]?.id;
	const known = useKnown(device);
	const writes = from ?? (known ? "known" : "new");
	const send = async (e: FormEvent) => {
		e.preventDefault();
		if (!device || !text.trim()) return;
		setBusy(true);
		setFault(undefined);
		const writer = writes === "group" ? aGroup : (writes === "known" && known) || stranger();
		try {
			setTried({ question: text, answers: await tryOut(device, writer, text) });
		} catch (error) {
			setFault(error);
		}
		setBusy(false);
	};
	if (devices?.items.length === 0) return <p className="mt-2 text-soft">{t("noDevice")}</p>;
	return (
		<form onSubmit={(e) => void send(e)} className="mt-1 flex flex-col gap-3">
			<p className="text-pretty text-soft text-sm">{t("about")}</p>
			{(devices?.items.length ?? 0) > 1 && (
				<Field label={t("device")}>
					<Select value={device} onChange={(e) => setChosen(e.target.value)}>
						{devices?.items.map((one) => (
							<option key={one.id} value={one.id}>
								{one.name}
							</option>
						))}
					</Select>
				</Field>
			)}
			<Field label={t("from")}>
				<Select value={writes} onChange={(e) => setFrom(e.target.value as typeof from)}>
					{known && <option value="known">{t("fromKnown")}</option>}
					<option value="new">{t("fromNew")}</option>
					<option value="group">{t("fromGroup")}</option>
				</Select>
			</Field>
			<Field label={t("message")}>
				<Input
					dir="auto"
					autoComplete="off"
					value={text}
					maxLength={4096}
					placeholder={t("sample")}
					onChange={(e) => setText(e.target.value)}
				/>
			</Field>
			<Button type="submit" busy={busy} disabled={!text.trim() || !device}>
				{!busy && <FlaskConical aria-hidden />}
				{t("ask")}
			</Button>
			<FormFault fault={fault} />
			<Talk tried={tried} />
		</form>
	);
}

function Talk({ tried }: { tried?: Tried }) {
	const t = useWords(tryWords);
	return (
		<section
			aria-label={t("talk")}
			aria-live="polite"
			className="flex min-h-32 flex-col gap-1.5 rounded-lg bg-sunken p-3"
		>
			{tried && <SaidBubble text={tried.question} theirs />}
			{tried?.answers.map((one, i) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: an answer does not change
				<SaidBubble key={i} text={one.text} fileName={one.file} />
			))}
			{tried?.answers.length === 0 && <p className="self-center py-2 text-center text-soft text-sm">{t("silent")}</p>}
			{!tried && <p className="m-auto text-center text-soft text-sm">{t("start")}</p>}
		</section>
	);
}
