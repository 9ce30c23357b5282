import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ScanLine } from "lucide-react";
import { useRef, useState } from "react";
import { api, ask } from "@/lib/api/client";
import { Fault } from "@/lib/api/fault";
import { phoneNumber } from "@/lib/format";
import { at, onNetwork, type Phone } from "@/lib/phones/network";
import { cut, useAddPhone, usePhones } from "@/lib/phones/queries";
import { useWords } from "@/lib/words";
import { Button, Field, FormFault, Select } from "@/ui";
import { devicesKeys } from "./keys";
import type { Step } from "./queries";
import { scanWords } from "./scan-words";
import type { Device } from "./state";

/** How often and how many times it is looked whether WhatsApp has given a code. */
const lookEvery = 150;
const looks = 150;

/** How many phones there are to choose from. */
const most = 100;

interface ScanProps {
	device: Device;
	way: "qr" | "code";
	isQR: (code: string) => boolean;
}

/** Links the device with a simulated phone, by one click: the phone scans the code, or types it. */
export default function Scan({ device, way, isQR }: ScanProps) {
	const t = useWords(scanWords);
	const client = useQueryClient();
	const phones = usePhones();
	const add = useAddPhone();
	const made = useRef<Phone>(undefined);
	const [chosen, setChosen] = useState("");
	const link = useMutation({
		mutationFn: async () => {
			made.current ??= chosen ? undefined : await add.mutateAsync(device.name);
			const number = chosen || made.current?.number || "";
			const use = async (fresh: boolean) => {
				const code = await shownCode(number, fresh);
				await onNetwork("POST", at(number, way === "qr" ? "/scan" : "/enter-code"), { code });
			};
			try {
				await use(way === "code");
			} catch (error) {
				// The code that was on the screen may have grown old just then.
				if (!(error instanceof Fault && error.code === "bad_code")) throw error;
				await use(true);
			}
		},
	});

	/** The code that the device shows; where it shows none of this kind, or a fresh one is wanted, linking begins anew. */
	async function shownCode(phone: string, fresh: boolean): Promise<string> {
		const params = { path: { id: device.id } };
		const right = (step: Step | null | undefined) =>
			step?.step === "show_code" && step.code && isQR(step.code) === (way === "qr") ? step.code : undefined;
		const key = devicesKeys.link(device.id);
		let step = fresh ? undefined : client.getQueryData<Step | null>(key);
		if (!right(step)) {
			step = await ask(
				api.POST("/devices/{id}/link", { params, body: way === "qr" ? { method: way } : { method: way, phone } }),
			);
		}
		for (let i = 0; i < looks; i++) {
			client.setQueryData(key, step);
			const code = right(step);
			if (code) return code;
			if (step?.step === "failed") break;
			await new Promise((resolve) => setTimeout(resolve, lookEvery));
			step = await ask(api.GET("/devices/{id}/link", { params }));
		}
		throw new Fault(0, "no_code", t("noCode"));
	}

	const free = phones.data?.slice(0, most) ?? [];
	return (
		<section aria-label={t("title")} className="flex flex-col gap-3 rounded-lg bg-accent-soft p-4 text-accent-ink">
			<div>
				<h3 className="font-semibold">{t("title")}</h3>
				<p className="max-w-prose text-pretty">{t("hint")}</p>
			</div>
			<div className="flex flex-wrap items-end gap-3">
				<Field label={t("with")} className="min-w-0 flex-1 basis-56 text-ink">
					<Select value={chosen} onChange={(e) => setChosen(e.target.value)}>
						<option value="">{t("new", { name: cut(device.name) })}</option>
						{free.map((one) => (
							<option key={one.number} value={one.number}>
								{`${one.name} · ${phoneNumber(one.number)}`}
							</option>
						))}
					</Select>
				</Field>
				<Button kind="main" busy={link.isPending} onClick={() => link.mutate()} className="max-md:w-full">
					{!link.isPending && <ScanLine aria-hidden />}
					{t(way === "qr" ? "scan" : "type")}
				</Button>
			</div>
			<FormFault fault={link.error} />
		</section>
	);
}
