import { useState } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Card, ErrorState, Skeleton, Table, Td, Th, Tr } from "@/ui";
import { Choices } from "./choices";
import { type Broadcast, type Side, sidesOf } from "./model";
import { type Funnel, useResults } from "./more";
import { oneWords } from "./one-words";
import { useDevices } from "./queries";
import { broadcastsWords } from "./words";

interface Line {
	key: string;
	name: string;
	funnel: Funnel;
}

/** How far it got, beside each other: by variant, device or hour. What is the same for all is not offered, and nothing where all is. */
export function Results({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const results = useResults(one);
	const sides = sidesOf(one, results.data?.by_hour.length ?? 0);
	const [chosen, setChosen] = useState<Side>();
	const side = chosen ?? sides[0] ?? "hour";
	const lines = useLines(one, side);
	if (sides.length === 0 || results.data?.by_hour.length === 0) return null;
	return (
		<Card className="flex flex-col gap-3">
			<div className="flex flex-wrap items-center justify-between gap-2">
				<h2 className="text-lg">{t("compared")}</h2>
				{sides.length > 1 && (
					<Choices
						label={t("compared")}
						value={side}
						onChange={setChosen}
						choices={sides.map((value) => ({ value, label: t(`by_${value}`) }))}
					/>
				)}
			</div>
			{results.isPending && <Skeleton className="h-24" />}
			{results.error && !results.data && <ErrorState error={results.error} onRetry={() => void results.refetch()} />}
			{lines.length > 0 && <Lines caption={t(`by_${side}`)} lines={lines} />}
		</Card>
	);
}

function useLines(one: Broadcast, side: Side): Line[] {
	const t = useWords(oneWords);
	const list = useWords(broadcastsWords);
	const format = useFormat();
	const { data } = useResults(one);
	const { data: devices } = useDevices();
	if (!data) return [];
	switch (side) {
		case "variant":
			return data.by_variant.map((line) => ({
				key: String(line.variant),
				name: t("variantN", { n: line.variant }),
				funnel: line,
			}));
		case "device":
			return data.by_device.map((line) => ({
				key: line.device_id,
				name: devices?.items.find((device) => device.id === line.device_id)?.name ?? list("someDevice"),
				funnel: line,
			}));
		case "hour":
			return data.by_hour.map((line) => ({
				key: String(line.from),
				name: `${format.date(line.from)} ${format.time(line.from)}`,
				funnel: line,
			}));
	}
}

function Lines({ caption, lines }: { caption: string; lines: Line[] }) {
	const list = useWords(broadcastsWords);
	const format = useFormat();
	const share = (n: number, of: number) => (of > 0 ? `${Math.round((n / of) * 100)}%` : "–");
	return (
		<Table caption={caption} className="tabular-nums">
			<thead>
				<tr>
					<Th>{caption}</Th>
					<Th className="text-right">{list("c_sent")}</Th>
					<Th className="text-right">{list("c_delivered")}</Th>
					<Th className="text-right">{list("c_read")}</Th>
					<Th className="text-right">{list("c_replied")}</Th>
					<Th className="text-right">{list("c_opted_out")}</Th>
				</tr>
			</thead>
			<tbody>
				{lines.map(({ key, name, funnel }) => (
					<Tr key={key}>
						<Td className="outside min-w-24">{name}</Td>
						<Td className="text-right">{format.number(funnel.sent)}</Td>
						{[funnel.delivered, funnel.read, funnel.replied, funnel.opted_out].map((n, i) => (
							// biome-ignore lint/suspicious/noArrayIndexKey: the columns stay where they are
							<Td key={i} className="text-right whitespace-nowrap">
								{format.number(n)} <span className="text-soft text-sm">{share(n, funnel.sent)}</span>
							</Td>
						))}
					</Tr>
				))}
			</tbody>
		</Table>
	);
}
