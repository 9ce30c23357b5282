import { Copy, Share2, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { copyText } from "@/lib/copy";
import { useWords } from "@/lib/words";
import { Button, cn, toast } from "@/ui";
import { settingsWords } from "./words";

interface SectionProps {
	title: string;
	hint: string;
	/** Buttons, the main one last. */
	actions?: ReactNode;
	children: ReactNode;
}

/** A section of the settings: what it is for, and what is in it. */
export function Section({ title, hint, actions, children }: SectionProps) {
	return (
		<section className="flex min-w-0 flex-col gap-4">
			<header className="flex flex-wrap items-end gap-3">
				<div className="min-w-0 flex-1 basis-60">
					<h2 className="text-lg">{title}</h2>
					<p className="max-w-prose text-pretty text-soft">{hint}</p>
				</div>
				{actions}
			</header>
			{children}
		</section>
	);
}

/** Rows of a section; its children are Rows. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
	return (
		<ul aria-label={label} className="flex flex-col rounded-lg border border-line bg-surface">
			{children}
		</ul>
	);
}

interface RowProps {
	icon?: ReactNode;
	title: ReactNode;
	/** What goes with it, under the title. */
	children?: ReactNode;
	actions?: ReactNode;
	className?: string;
}

/** One of the things in a section, with what can be done to it. */
export function Row({ icon, title, children, actions, className }: RowProps) {
	return (
		<li className={cn("flex items-center gap-3 border-line py-3 pr-2 pl-4 not-last:border-b max-md:pl-3.5", className)}>
			{icon}
			<div className="min-w-0 flex-1">
				<div className="outside flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">{title}</div>
				{children && <div className="text-soft text-sm">{children}</div>}
			</div>
			{actions && <div className="flex shrink-0 items-center gap-1">{actions}</div>}
		</li>
	);
}

/** Something that is shown this once, such as a key or a link, to be copied. */
export function Once({ value, label, link }: { value: string; label: string; link?: boolean }) {
	const t = useWords(settingsWords);
	const copy = async () => {
		if (await copyText(value)) toast(t("copied"), { kind: "good" });
		else toast(t("notCopied"), { kind: "bad" });
	};
	return (
		<div className="flex flex-col gap-3">
			<p className="flex items-start gap-2 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
				<TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
				{t("once")}
			</p>
			<output
				aria-label={label}
				className="select-all whitespace-pre-wrap rounded-md bg-sunken px-3 py-2.5 font-mono text-sm [overflow-wrap:anywhere]"
			>
				{value}
			</output>
			<div className="flex flex-wrap gap-2">
				<Button kind="main" onClick={() => void copy()}>
					<Copy aria-hidden />
					{t("copy")}
				</Button>
				{link && "share" in navigator && (
					<Button onClick={() => void navigator.share({ url: value }).catch(() => undefined)}>
						<Share2 aria-hidden />
						{t("share")}
					</Button>
				)}
			</div>
		</div>
	);
}
