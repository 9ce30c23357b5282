import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FilePicker } from "@/app/saying/file-picker";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Button, Card, Field, FormFault, Textarea, toast } from "@/ui";
import { devicesKeys } from "./keys";
import type { Device } from "./state";
import { statusWords } from "./status-words";

/** Posts a status update: a text, a picture, or both. */
export function StatusPost({ device }: { device: Device }) {
	const t = useWords(statusWords);
	const client = useQueryClient();
	const [text, setText] = useState("");
	const [file, setFile] = useState<string>();
	const post = useMutation({
		mutationFn: () =>
			ask(
				api.POST("/devices/{id}/status-updates", {
					params: { path: { id: device.id } },
					body: { text: text.trim() || undefined, file_id: file },
				}),
			),
		onSuccess: () => {
			setText("");
			setFile(undefined);
			toast(t("posted"), { kind: "good" });
			void client.invalidateQueries({ queryKey: devicesKeys.statuses(device.id) });
		},
	});
	return (
		<Card>
			<form
				className="flex flex-col gap-4"
				onSubmit={(e) => {
					e.preventDefault();
					post.mutate();
				}}
			>
				<div>
					<h2 className="text-lg">{t("title")}</h2>
					<p className="max-w-prose text-pretty text-soft">{t(device.linked ? "hint" : "notLinked")}</p>
				</div>
				{device.linked && (
					<>
						<Field label={t("text")} name="text" hint={t("textHint")} fault={post.error}>
							<Textarea value={text} rows={3} maxLength={4096} onChange={(e) => setText(e.target.value)} />
						</Field>
						<FilePicker id={file} onChange={setFile} />
						<FormFault fault={post.error} fields={["text"]} />
						<Button
							type="submit"
							kind="main"
							className="self-start"
							busy={post.isPending}
							disabled={!text.trim() && !file}
						>
							{t("post")}
						</Button>
					</>
				)}
			</form>
		</Card>
	);
}
