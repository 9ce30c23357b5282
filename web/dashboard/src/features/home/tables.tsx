import { useQuery } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Table, Td, Th, Tr } from "@/ui";
import type { Report } from "./figures";
import { figuresWords } from "./figures-words";
import { useLength } from "./totals";

interface ChartTableProps {
	caption: string;
	heads: string[];
	rows: string[][];
}

/** What a chart shows, as a table: for screen readers, and for whoever wants the numbers. */
export function ChartTable({ caption, heads, rows }: ChartTableProps) {
	const t = useWords(figuresWords);
	return (
		<details>
			<summary className="w-fit cursor-pointer py-2 text-accent-ink text-sm max-md:py-3">{t("asTable")}</summary>
			<Numbers caption={caption} heads={heads} rows={rows} />
		</details>
	);
}

function Numbers({ caption, heads, rows }: ChartTableProps) {
	return (
		<Table caption={caption}>
			<thead>
				<tr>
					{heads.map((head, i) => (
						<Th key={head} className={i > 0 ? "text-right" : undefined}>
							{head}
						</Th>
					))}
				</tr>
			</thead>
			<tbody>
				{rows.map((row) => (
					<Tr key={row[0]}>
						{row.map((cell, i) => (
							<Td key={heads[i]} className={i > 0 ? "text-right tabular-nums" : "outside min-w-32"}>
								{cell}
							</Td>
						))}
					</Tr>
				))}
			</tbody>
		</Table>
	);
}

const kinds = ["member", "phone", "api", "rule", "assistant", "broadcast", "follow_up", "plugin", "opt_out"] as const;

/** Who wrote for the business, and how soon. */
export function Authors({ report }: { report: Report }) {
	const t = useWords(figuresWords);
	const format = useFormat();
	const length = useLength();
	const { data: members } = useQuery({ queryKey: ["members", "list", {}], queryFn: () => ask(api.GET("/members")) });
	const rows = report.members.map((one) => {
		const kind = kinds.find((known) => known === one.by) ?? "unknown";
		const name = members?.items.find((member) => member.id === one.by_id)?.name ?? t(`by_${kind}`);
		const { replies } = one;
		return [name, format.number(one.sent), format.number(replies.count), length(replies.median_ms, replies.count)];
	});
	return <Numbers caption={t("members")} heads={[t("name"), t("sent"), t("replies"), t("median")]} rows={rows} />;
}

/** The same by device. */
export function Devices({ report }: { report: Report }) {
	const t = useWords(figuresWords);
	const format = useFormat();
	const length = useLength();
	const { data: devices } = useQuery({ queryKey: ["devices", "list", {}], queryFn: () => ask(api.GET("/devices")) });
	const rows = report.devices.map((one) => [
		devices?.items.find((device) => device.id === one.device_id)?.name ?? t("gone"),
		format.number(one.received),
		format.number(one.sent),
		length(one.replies.median_ms, one.replies.count),
	]);
	return <Numbers caption={t("devices")} heads={[t("name"), t("received"), t("sent"), t("median")]} rows={rows} />;
}
