import { useNavigate, useParams } from "@tanstack/react-router";
import { BookText, Plus, SearchX } from "lucide-react";
import { Suspense, useState } from "react";
import { useCan } from "@/app/me";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { Button, Card, cn, EmptyState, ErrorState, Input, PageBody, PageHead, Select, SkeletonRows } from "@/ui";
import { categoriesOf, found, isOf, type Kind, kinds, type Template } from "./model";
import { useTemplates } from "./queries";
import { TemplateRow } from "./template-row";
import { templatesWords } from "./words";

const TemplateEditor = lazily(() => import("./template-editor"));

/** The templates, and the one that is changed. */
export function Page() {
	const t = useWords(templatesWords);
	const may = useCan()("templates.write");
	const navigate = useNavigate();
	const { template } = useParams({ strict: false }) as { template?: string };
	const list = useTemplates();
	const make = () => void navigate({ to: "/templates/$template", params: { template: "new" } });
	const empty = list.data?.length === 0;
	return (
		<PageBody>
			<PageHead
				title={t("title")}
				description={t("about")}
				actions={
					may &&
					!empty && (
						<Button kind="main" onClick={make}>
							<Plus aria-hidden />
							{t("make")}
						</Button>
					)
				}
			/>
			{list.isPending && (
				<Card className="p-0">
					<SkeletonRows rows={4} />
				</Card>
			)}
			{list.error && !list.data && (
				<Card>
					<ErrorState error={list.error} onRetry={() => void list.refetch()} />
				</Card>
			)}
			{empty && (
				<Card>
					<EmptyState
						icon={BookText}
						title={t("empty")}
						action={
							may && (
								<Button kind="main" onClick={make}>
									{t("first")}
								</Button>
							)
						}
					>
						{t(may ? "hint" : "emptyRead")}
					</EmptyState>
				</Card>
			)}
			{list.data && !empty && <Found all={list.data} />}
			{template && list.data && (
				<Suspense>
					<TemplateEditor
						key={template}
						template={list.data.find((one) => one.id === template)}
						isNew={template === "new"}
						may={may}
						onClose={() => void navigate({ to: "/templates" })}
					/>
				</Suspense>
			)}
		</PageBody>
	);
}

function Found({ all }: { all: Template[] }) {
	const t = useWords(templatesWords);
	const [text, setText] = useState("");
	const [kind, setKind] = useState<Kind>("all");
	const [asked, setCategory] = useState("");
	const categories = categoriesOf(all);
	// One that nothing has any more narrows nothing.
	const category = categories.includes(asked) ? asked : "";
	const shown = found(all, kind, text, category);
	return (
		<div className="flex flex-col gap-3">
			<div className="flex flex-wrap items-center gap-x-4 gap-y-2">
				<Input
					type="search"
					aria-label={t("search")}
					placeholder={t("search")}
					className="md:w-72"
					value={text}
					onChange={(e) => setText(e.target.value)}
				/>
				{categories.length > 0 && (
					<Select
						aria-label={t("category")}
						className="md:w-52"
						value={category}
						onChange={(e) => setCategory(e.target.value)}
					>
						<option value="">{t("allCategories")}</option>
						{categories.map((name) => (
							<option key={name} value={name}>
								{name}
							</option>
						))}
					</Select>
				)}
				<fieldset aria-label={t("kinds")} className="flex flex-wrap gap-1.5">
					{kinds.map((one) => (
						<button
							key={one}
							type="button"
							aria-pressed={kind === one}
							onClick={() => setKind(one)}
							className={cn(
								"inline-flex min-h-9 items-center gap-1.5 rounded-full border px-3 text-sm max-md:min-h-11",
								kind === one
									? "border-accent bg-accent-soft font-medium text-accent-ink"
									: "border-line bg-surface hover:bg-sunken",
							)}
						>
							{t(one)}
							<span className="tabular-nums">{all.filter((item) => isOf(one, item)).length}</span>
						</button>
					))}
				</fieldset>
			</div>
			<Card className="p-0">
				{shown.length === 0 && (
					<EmptyState
						icon={SearchX}
						title={t("none")}
						action={
							<Button
								onClick={() => {
									setText("");
									setKind("all");
									setCategory("");
								}}
							>
								{t("showAll")}
							</Button>
						}
					>
						{t("noneHint")}
					</EmptyState>
				)}
				<ul aria-label={t("list")}>
					{shown.map((one) => (
						<TemplateRow key={one.id} template={one} />
					))}
				</ul>
			</Card>
		</div>
	);
}
