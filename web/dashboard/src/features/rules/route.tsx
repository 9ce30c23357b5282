import { useNavigate, useParams } from "@tanstack/react-router";
import { FlaskConical, Plus, Zap } from "lucide-react";
import { Suspense, useState } from "react";
import { useCan } from "@/app/me";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { Button, Card, EmptyState, ErrorState, PageBody, PageHead, Sheet, SkeletonRows } from "@/ui";
import { useRules } from "./queries";
import { RuleList } from "./rule-list";
import { TryIt } from "./try-it";
import { rulesWords, tryWords } from "./words";

const RuleEditor = lazily(() => import("./rule-editor"));

/** The rules in their order, the one that is changed, and a place to try them. */
export function Page() {
	const t = useWords(rulesWords);
	const tryWord = useWords(tryWords);
	const may = useCan()("rules.write");
	const navigate = useNavigate();
	const { rule } = useParams({ strict: false }) as { rule?: string };
	const [trying, setTrying] = useState(false);
	const list = useRules();
	const items = list.data?.items;
	const open = (id: string) => void navigate({ to: "/rules/$rule", params: { rule: id } });
	const close = () => void navigate({ to: "/rules" });
	const empty = items?.length === 0;
	return (
		<PageBody className="max-w-6xl">
			<PageHead
				title={t("title")}
				description={t("about")}
				actions={
					<>
						<Button className="lg:hidden" onClick={() => setTrying(true)}>
							<FlaskConical aria-hidden />
							{t("tryIt")}
						</Button>
						{may && !empty && (
							<Button kind="main" onClick={() => open("new")}>
								<Plus aria-hidden />
								{t("make")}
							</Button>
						)}
					</>
				}
			/>
			<div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
				<Card className="p-0">
					{list.isPending && <SkeletonRows rows={4} />}
					{list.error && !items && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
					{empty && (
						<EmptyState
							icon={Zap}
							title={t("empty")}
							action={
								may && (
									<Button kind="main" onClick={() => open("new")}>
										{t("first")}
									</Button>
								)
							}
						>
							{t(may ? "hint" : "emptyRead")}
						</EmptyState>
					)}
					{items && items.length > 0 && <RuleList rules={items} may={may} />}
				</Card>
				<Card className="hidden lg:sticky lg:top-0 lg:block">
					<h2 className="text-lg">{tryWord("title")}</h2>
					<TryIt />
				</Card>
			</div>
			<Sheet open={trying} onOpenChange={setTrying} title={tryWord("title")}>
				<TryIt />
			</Sheet>
			{rule && items && (
				<Suspense>
					<RuleEditor
						key={rule}
						rule={items.find((one) => one.id === rule)}
						isNew={rule === "new"}
						may={may}
						onClose={close}
					/>
				</Suspense>
			)}
		</PageBody>
	);
}
