import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ban, X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Identities } from "@/app/identities";
import { LabelDot } from "@/app/label-mark";
import { useCan } from "@/app/me";
import { usePicture } from "@/app/picture";
import { api, ask, type Schema } from "@/lib/api/client";
import { byKey, itemsOf } from "@/lib/api/pages";
import { phoneNumber, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Avatar, Badge, Checkbox, cn, ErrorState, Field, IconButton, Select, SkeletonRows } from "@/ui";
import { useChatActions } from "./actions";
import { Alike } from "./alike";
import { detailsWords } from "./details-words";
import { KeptList } from "./kept-lists";
import { type Chat, nameOf } from "./model";
import { moreWords } from "./more-words";
import { Note } from "./note";
import {
	useChat,
	useContact,
	useContactFields,
	useCounts,
	useDevices,
	useLabels,
	useMembers,
	useTeams,
} from "./queries";

/** Whom one writes with, and who looks after it; beside the thread, or over it where there is no room. */
export default function Details({ id, onClose }: { id: string; onClose: () => void }) {
	const t = useWords(detailsWords);
	const { data: chat, error, refetch } = useChat(id);
	useEffect(() => {
		const leave = (e: KeyboardEvent) => e.key === "Escape" && !e.defaultPrevented && onClose();
		addEventListener("keydown", leave);
		return () => removeEventListener("keydown", leave);
	}, [onClose]);
	return (
		<aside
			aria-label={t("title")}
			className={cn(
				"flex w-full flex-col border-line border-l bg-surface max-xl:slide-in xl:w-80 xl:shrink-0",
				"max-xl:absolute max-xl:inset-y-0 max-xl:right-0 max-xl:z-20 max-xl:max-w-96 max-xl:shadow-float max-sm:max-w-full",
			)}
		>
			<div className="flex items-center border-line border-b py-2 pr-2 pl-4">
				<h2 className="flex-1 text-base">{t("title")}</h2>
				<IconButton label={t("close")} onClick={onClose}>
					<X />
				</IconButton>
			</div>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
			<section className="min-h-0 flex-1 overflow-y-auto px-4 pb-6" tabIndex={0} aria-label={t("title")}>
				{error && !chat ? (
					<ErrorState error={error} onRetry={() => void refetch()} />
				) : chat ? (
					<Inside chat={chat} />
				) : (
					<SkeletonRows rows={4} />
				)}
			</section>
		</aside>
	);
}

function Part({ title, children }: { title: string; children: ReactNode }) {
	return (
		<section className="border-line border-t py-4 first:border-t-0">
			<h3 className="mb-2 text-soft text-sm">{title}</h3>
			{children}
		</section>
	);
}

function Inside({ chat }: { chat: Chat }) {
	const t = useWords(detailsWords);
	const m = useWords(moreWords);
	const contact = useContact(chat.contact.id);
	const name = nameOf(chat.contact) || t("nameless");
	return (
		<>
			<div className="flex flex-col items-center gap-2 py-5 text-center">
				<Avatar name={name} id={chat.contact.id} src={usePicture(chat.contact.id)} className="size-20 text-2xl" />
				<p className="outside font-semibold text-lg">
					<bdi>{name}</bdi>
				</p>
				{chat.contact.phone && (
					<a className="text-soft tabular-nums" href={`tel:+${chat.contact.phone}`}>
						{phoneNumber(chat.contact.phone)}
					</a>
				)}
				<p className="flex max-w-full flex-wrap justify-center gap-1.5">
					{contact.data?.blocked && (
						<Badge kind="bad">
							<Ban className="size-3" aria-hidden />
							{t("blocked")}
						</Badge>
					)}
					{contact.data && contact.data.consent !== "unknown" && (
						<Badge kind={contact.data.consent === "in" ? "good" : "warn"}>{t(`consent_${contact.data.consent}`)}</Badge>
					)}
					{contact.data?.tags.map((tag) => (
						<Badge key={tag.id} className="min-w-0 max-w-full">
							<span className="outside min-w-0 truncate">{tag.name}</span>
						</Badge>
					))}
				</p>
				<Link
					to="/contacts/$contact"
					params={{ contact: chat.contact.id }}
					className="inline-flex min-h-9 items-center font-medium text-accent-ink underline underline-offset-4"
				>
					{t("openContact")}
				</Link>
			</div>
			<Alike chat={chat} />
			<Part title={t("handling")}>
				<Handling chat={chat} />
			</Part>
			<Labels chat={chat} />
			{contact.data && <Note contact={contact.data} />}
			{contact.data && <Fields contact={contact.data} />}
			{contact.data?.identities && (
				<Part title={t("addresses")}>
					<Identities list={contact.data.identities} />
				</Part>
			)}
			<KeptList chat={chat} only="starred" empty={m("noStars")} />
			<KeptList chat={chat} only="files" />
			<OtherChats chat={chat} />
		</>
	);
}

function Handling({ chat }: { chat: Chat }) {
	const t = useWords(detailsWords);
	const can = useCan()("chats.write");
	const actions = useChatActions();
	const { data: members } = useMembers();
	const { data: teams } = useTeams();
	const { data: counts } = useCounts();
	const byBot = counts?.bot === false ? "turnNobodyHint" : "turnBotHint";
	const hint = chat.turn === "bot" ? byBot : "turnHumanHint";
	const options = (list: { id: string; name: string }[] | undefined) =>
		list?.map((one) => (
			<option key={one.id} value={one.id}>
				{one.name}
			</option>
		));
	return (
		<div className="flex flex-col gap-3">
			<Field label={t("assignee")}>
				<Select
					disabled={!can}
					value={chat.assignee_id ?? ""}
					onChange={(e) => void actions.assign(chat, { member_id: e.target.value || undefined, team_id: chat.team_id })}
				>
					<option value="">{t("nobody")}</option>
					{options(members?.items)}
				</Select>
			</Field>
			{(teams?.items.length ?? 0) > 0 && (
				<Field label={t("team")}>
					<Select
						disabled={!can}
						value={chat.team_id ?? ""}
						onChange={(e) =>
							void actions.assign(chat, { member_id: chat.assignee_id, team_id: e.target.value || undefined })
						}
					>
						<option value="">{t("noTeam")}</option>
						{options(teams?.items)}
					</Select>
				</Field>
			)}
			<Field label={t("turn")} hint={t(hint)}>
				<Select
					disabled={!can}
					value={chat.turn}
					onChange={(e) => void actions.turn(chat, e.target.value as Chat["turn"])}
				>
					<option value="human">{t("human")}</option>
					<option value="bot">{t("bot")}</option>
				</Select>
			</Field>
		</div>
	);
}

function Labels({ chat }: { chat: Chat }) {
	const t = useWords(detailsWords);
	const can = useCan()("chats.write");
	const actions = useChatActions();
	const { data } = useLabels(chat.device_id);
	if (!data) return null;
	return (
		<Part title={t("labels")}>
			{data.items.length === 0 && (
				<Link
					to="/settings/$"
					params={{ _splat: "labels" }}
					className="inline-flex min-h-9 items-center text-accent-ink text-sm underline underline-offset-4 max-md:min-h-11"
				>
					{t("makeLabels")}
				</Link>
			)}
			<div className="flex flex-col gap-1">
				{data.items.map((label) => (
					<Checkbox
						key={label.id}
						className="min-h-9 items-center max-md:min-h-11"
						disabled={!can}
						label={
							<span className="flex min-w-0 items-center gap-2">
								<LabelDot color={label.color} />
								<span className="outside min-w-0">{label.name}</span>
							</span>
						}
						checked={chat.labels.includes(label.id)}
						onChange={(on) => void actions.label(chat, label.id, on)}
					/>
				))}
			</div>
		</Part>
	);
}

function Fields({ contact }: { contact: Schema["ContactCardView"] }) {
	const t = useWords(detailsWords);
	const format = useFormat();
	const { data: fields } = useContactFields();
	const { last_seen_at: lastSeen } = contact;
	const lines: [string, string][] = [];
	for (const { key, kind, name } of fields?.items ?? []) {
		const value = contact.fields[key];
		if (!value) continue;
		if (kind === "yes_no") lines.push([name, t(value === "yes" ? "yes" : "no")]);
		else lines.push([name, kind === "date" ? format.date(Date.parse(`${value}T12:00:00Z`)) : value]);
	}
	if (lastSeen) lines.push([t("lastSeen"), format.full(lastSeen)]);
	if (lines.length === 0) return null;
	return (
		<Part title={t("facts")}>
			<dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
				{lines.map(([name, value]) => (
					<div key={name} className="contents">
						<dt className="outside text-soft">{name}</dt>
						<dd className="outside">{value}</dd>
					</div>
				))}
			</dl>
		</Part>
	);
}

function OtherChats({ chat }: { chat: Chat }) {
	const t = useWords(detailsWords);
	const format = useFormat();
	const { data: devices } = useDevices();
	const query = useInfiniteQuery({
		queryKey: ["chats", "of", chat.contact.id],
		queryFn: ({ pageParam: after }) =>
			ask(api.GET("/chats", { params: { query: { contact_id: chat.contact.id, after } } })),
		...byKey,
	});
	const others = itemsOf(query.data).filter((one) => one.id !== chat.id);
	if (others.length === 0) return null;
	return (
		<Part title={t("others")}>
			<ul>
				{others.map((one) => (
					<li key={one.id}>
						<Link
							to="/inbox/$chat"
							params={{ chat: one.id }}
							className="flex min-h-11 items-center gap-2 rounded-md px-2 text-sm hover:bg-sunken"
						>
							<span className="min-w-0 flex-1 truncate">
								{devices?.items.find((d) => d.id === one.device_id)?.name}
							</span>
							<span className="text-soft tabular-nums">{format.brief(one.last.at ?? one.created_at)}</span>
						</Link>
					</li>
				))}
			</ul>
		</Part>
	);
}
