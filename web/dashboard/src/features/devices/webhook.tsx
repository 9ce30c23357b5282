import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Card, Field, FormFault, Input, toast } from "@/ui";
import { CopyButton } from "./copy";
import { Deliveries } from "./deliveries";
import { useChangeDevice } from "./queries";
import { settingWords } from "./settings-words";
import type { Device } from "./state";

/** Where a device's messages are told to another program, and how that went. */
export function Webhook({ device }: { device: Device }) {
	const can = useCan();
	return (
		<>
			<Address device={device} />
			{can("webhooks.write") && <Secret device={device} />}
			<Deliveries device={device} />
		</>
	);
}

function Address({ device }: { device: Device }) {
	const t = useWords(settingWords);
	const can = useCan();
	const client = useQueryClient();
	const change = useChangeDevice(device.id);
	const [url, setURL] = useState(device.webhook_url);
	const test = useMutation({
		mutationFn: () => ask(api.POST("/devices/{id}/webhook/test", { params: { path: { id: device.id } } })),
		onSuccess: () => {
			toast(t("hookTested"), { kind: "good" });
			void client.invalidateQueries({ queryKey: ["deliveries", "device", device.id] });
		},
	});
	const writes = can("devices.write");
	return (
		<Card>
			<form
				className="flex flex-col gap-4"
				onSubmit={(e) => {
					e.preventDefault();
					change.mutate({ webhook_url: url.trim() }, { onSuccess: () => toast(t("saved"), { kind: "good" }) });
				}}
			>
				<div>
					<h2 className="text-lg">{t("hookTitle")}</h2>
					<p className="max-w-prose text-pretty text-soft">{t("hookHint")}</p>
				</div>
				<Field label={t("hookField")} name="webhook_url" hint={t("hookEmptyHint")} fault={change.error}>
					<Input
						type="url"
						autoComplete="off"
						spellCheck={false}
						maxLength={2048}
						readOnly={!writes}
						placeholder={t("hookExample")}
						value={url}
						onChange={(e) => setURL(e.target.value)}
					/>
				</Field>
				<FormFault fault={change.error ?? test.error} fields={["webhook_url"]} />
				<div className="flex flex-wrap gap-2">
					{writes && (
						<Button type="submit" kind="main" busy={change.isPending} disabled={url.trim() === device.webhook_url}>
							{t("save")}
						</Button>
					)}
					{can("webhooks.write") && (
						<Button busy={test.isPending} disabled={device.webhook_url === ""} onClick={() => test.mutate()}>
							{t("hookTest")}
						</Button>
					)}
				</div>
			</form>
		</Card>
	);
}

/** What deliveries are signed with. It is asked for when somebody wants to see it, and forgotten with the page. */
function Secret({ device }: { device: Device }) {
	const t = useWords(settingWords);
	const show = useMutation({
		mutationFn: () => ask(api.GET("/devices/{id}/webhook/secret", { params: { path: { id: device.id } } })),
		gcTime: 0,
	});
	return (
		<Card className="flex flex-col gap-3">
			<div>
				<h2 className="text-lg">{t("secret")}</h2>
				<p className="max-w-prose text-pretty text-soft">{t("secretHint")}</p>
			</div>
			{show.data && (
				<code className="outside rounded-md bg-sunken px-3 py-2.5 font-mono text-sm">{show.data.secret}</code>
			)}
			<FormFault fault={show.error} />
			<div className="flex flex-wrap gap-2">
				{show.data ? (
					<>
						<CopyButton text={show.data.secret} />
						<Button onClick={() => show.reset()}>{t("secretHide")}</Button>
					</>
				) : (
					<Button busy={show.isPending} onClick={() => show.mutate()}>
						{t("secretShow")}
					</Button>
				)}
			</div>
		</Card>
	);
}
