import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { useState } from "react";
import { useMe } from "@/app/me";
import { api, ask, type Schema } from "@/lib/api/client";
import { byKey, itemsOf } from "@/lib/api/pages";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { EmptyState, ErrorState, Field, Input, MoreButton, Select, SkeletonRows } from "@/ui";
import { auditDetailWords } from "./audit-detail-words";
import { auditWords } from "./audit-words";
import { dayAfter, dayBegins } from "./days";
import { auditKeys, memberKeys } from "./keys";
import { Row, Rows, Section } from "./parts";

type Entry = Schema["AuditEntry"];
type Key = NonNullable<(typeof auditWords)["key"]>;

/** The first parts of deeds, by which the log is filtered. */
const groups = [
	"session",
	"member",
	"invitation",
	"password",
	"second_factor",
	"api_key",
	"workspace",
	"device",
	"webhook",
	"contact",
	"broadcast",
	"takeout",
] as const;

/** Who did what. */
export function Audit() {
	const t = useWords(auditWords);
	const [deed, setDeed] = useState("");
	const [actor, setActor] = useState("");
	const [from, setFrom] = useState("");
	const [to, setTo] = useState("");
	const { workspace } = useMe();
	const members = useQuery({ queryKey: memberKeys.list, queryFn: () => ask(api.GET("/members")) });
	const log = useInfiniteQuery({
		queryKey: auditKeys.list({ deed, actor, from, to }),
		queryFn: ({ pageParam: after }) => {
			const since = from ? dayBegins(from, workspace.timezone) : undefined;
			const until = to ? dayBegins(dayAfter(to), workspace.timezone) : undefined;
			const query = { limit: 50, after, deed: deed || undefined, actor_id: actor || undefined, since, until };
			return ask(api.GET("/audit-log", { params: { query } }));
		},
		...byKey,
		// Nothing tells of new lines: they are read whenever somebody looks.
		staleTime: 0,
	});
	const entries = itemsOf(log.data);
	return (
		<Section title={t("title")} hint={t("hint")}>
			<div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
				<Field label={t("filter")}>
					<Select value={deed} onChange={(e) => setDeed(e.target.value)}>
						<option value="">{t("all")}</option>
						{groups.map((group) => (
							<option key={group} value={group}>
								{t(group)}
							</option>
						))}
					</Select>
				</Field>
				<Field label={t("by")}>
					<Select value={actor} onChange={(e) => setActor(e.target.value)}>
						<option value="">{t("everyone")}</option>
						{members.data?.items.map((one) => (
							<option key={one.id} value={one.id}>
								{one.name}
							</option>
						))}
					</Select>
				</Field>
				<Field label={t("from")}>
					<Input type="date" value={from} max={to || undefined} onChange={(e) => setFrom(e.target.value)} />
				</Field>
				<Field label={t("to")}>
					<Input type="date" value={to} min={from || undefined} onChange={(e) => setTo(e.target.value)} />
				</Field>
			</div>
			{log.isPending && <SkeletonRows />}
			{log.error && <ErrorState error={log.error} onRetry={() => void log.refetch()} />}
			{log.data && entries.length === 0 && (
				<EmptyState icon={ScrollText} title={t("empty")}>
					{t("emptyHint")}
				</EmptyState>
			)}
			{entries.length > 0 && (
				<Rows label={t("title")}>
					{entries.map((entry) => (
						<EntryRow key={entry.id} entry={entry} />
					))}
				</Rows>
			)}
			{log.hasNextPage && <MoreButton busy={log.isFetchingNextPage} onMore={() => void log.fetchNextPage()} />}
		</Section>
	);
}

function EntryRow({ entry }: { entry: Entry }) {
	const t = useWords(auditWords);
	const format = useFormat();
	const { actor, subject } = entry;
	const who = actor.name || (actor.kind === "guest" || actor.kind === "system" ? t(actor.kind) : actor.kind);
	const detail = useDetail(entry);
	// Deeds that are newer than these words keep the name that the API has for them.
	const deed = t(entry.deed as Key);
	return (
		<Row
			title={
				<span>
					{who} <span className="font-normal">{deed}</span>
					{subject.name && subject.name !== actor.name && <span className="font-normal">: {subject.name}</span>}
				</span>
			}
		>
			<span className="outside">
				<time dateTime={new Date(entry.at).toISOString()}>{format.full(entry.at)}</time>
				{entry.address && ` · ${entry.address}`}
				{detail.length > 0 && ` · ${detail.join(", ")}`}
			</span>
		</Row>
	);
}

type DetailKey = NonNullable<(typeof auditDetailWords)["key"]>;

/** What people wrote themselves is said as they wrote it. */
const written = new Set(["why", "email", "invited_by", "name_before"]);

/** What goes with a deed, in words. What is newer than these words keeps the name that the API has for it. */
function useDetail(entry: Entry): string[] {
	const t = useWords(auditDetailWords);
	const known = (prefix: "k" | "v", name: string) => {
		const key = `${prefix}_${name}`;
		const said = t(key as DetailKey);
		return said === key ? name : said;
	};
	return Object.entries(entry.detail ?? {})
		.filter(([key, value]) => value !== "" || key === "before")
		.map(([key, value]) => {
			const values = value === "" ? ["unknown"] : value.split(", ");
			const said = written.has(key) ? value : values.map((one) => known("v", one)).join(", ");
			return `${known("k", key)}: ${said}`;
		});
}
