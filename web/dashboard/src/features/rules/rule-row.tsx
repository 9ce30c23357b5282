import { Link } from "@tanstack/react-router";
import { GripVertical } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Badge, cn, Switch } from "@/ui";
import type { Rule } from "./model";
import { rulesWords } from "./words";

interface RowProps {
	rule: Rule;
	may: boolean;
	/** Its place in the order, from 1. */
	at: number;
	count: number;
	/** It is dragged right now. */
	held: boolean;
	row: { ref: Ref<HTMLLIElement> };
	handle: ButtonHTMLAttributes<HTMLButtonElement> & { ref: Ref<HTMLButtonElement> };
	onToggle: (enabled: boolean) => void;
}

export function RuleRow({ rule, may, at, count, held, row, handle, onToggle }: RowProps) {
	const t = useWords(rulesWords);
	return (
		<li
			{...row}
			className={cn(
				"relative flex items-stretch not-last:border-b first:rounded-t-lg last:rounded-b-lg",
				held
					? "z-10 rounded-lg border-transparent bg-raised shadow-float outline-2 outline-accent"
					: "border-line bg-surface",
			)}
		>
			{may ? (
				<button
					type="button"
					{...handle}
					aria-label={t("move", { name: rule.name, at, count })}
					aria-describedby="rules-move-hint"
					className={cn(
						"flex w-11 shrink-0 touch-none select-none items-center justify-center rounded-l-lg text-soft hover:text-ink",
						held ? "cursor-grabbing" : "cursor-grab",
					)}
				>
					<GripVertical className="size-5" aria-hidden />
				</button>
			) : (
				<span className="flex w-11 shrink-0 items-center justify-center text-soft text-sm tabular-nums">{at}</span>
			)}
			<Link
				to="/rules/$rule"
				params={{ rule: rule.id }}
				draggable={false}
				className={cn("min-w-0 flex-1 py-3 pr-2 hover:bg-sunken", !rule.enabled && "opacity-75")}
			>
				<span className="flex flex-wrap items-center gap-x-2 gap-y-1">
					<span className="outside font-medium">{rule.name}</span>
					{!rule.enabled && <Badge kind="warn">{t("paused")}</Badge>}
				</span>
				<When rule={rule} />
				<What rule={rule} />
			</Link>
			<span className="flex items-center px-3">
				<Switch
					label={t("on", { name: rule.name })}
					hideLabel
					checked={rule.enabled}
					disabled={!may}
					onChange={onToggle}
				/>
			</span>
		</li>
	);
}

/** On what it answers. */
function When({ rule }: { rule: Rule }) {
	const t = useWords(rulesWords);
	const { trigger, match, words = [] } = rule.when;
	if (trigger !== "keyword") {
		const word = { welcome: "isWelcome", fallback: "isFallback", out_of_hours: "isHours" } as const;
		return <span className="block text-sm">{t(word[trigger])}</span>;
	}
	const shown = words.slice(0, 6);
	return (
		<span className="mt-0.5 flex flex-wrap items-center gap-1 text-sm">
			<span className="mr-0.5">{t(`is_${match ?? "contains"}`)}</span>
			{shown.map((word) => (
				<span key={word} className="outside max-w-48 truncate rounded-sm bg-sunken px-1.5">
					{word}
				</span>
			))}
			{words.length > shown.length && <span className="text-soft">+{words.length - shown.length}</span>}
		</span>
	);
}

/** What it answers, how often it did, and to whom where that is not everybody. */
function What({ rule }: { rule: Rule }) {
	const t = useWords(rulesWords);
	const format = useFormat();
	const facts = [
		rule.fires === 0
			? t("never")
			: t("fired", { count: rule.fires }).replace(String(rule.fires), format.number(rule.fires)),
	];
	if (rule.then.length > 1) facts.push(t("answers", { count: rule.then.length }));
	if (rule.audience !== "people") facts.push(t(rule.audience === "groups" ? "onGroups" : "onBoth"));
	if (rule.device_ids.length > 0) facts.push(t("onDevices", { count: rule.device_ids.length }));
	return (
		<>
			<span className="outside mt-1 line-clamp-1 text-soft text-sm">
				{rule.then[0]?.text?.replace(/\s+/g, " ") || t("fileOnly")}
			</span>
			<span className="block text-soft text-xs tabular-nums">{facts.join(" · ")}</span>
		</>
	);
}
