import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, CircleCheck } from "lucide-react";
import { useInstallation } from "@/app/installation";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Card, cn } from "@/ui";
import { homeWords } from "./words";

/** The way from an empty workspace to the first answer. It goes when all is done. */
export function Checklist() {
	const t = useWords(homeWords);
	const steps = useSteps();
	if (!steps || steps.every((step) => step.done)) return null;
	const next = steps.findIndex((step) => !step.done);
	return (
		<Card className="flex flex-col gap-3">
			<div>
				<h2 className="text-lg">{t("start")}</h2>
				<p className="text-soft">{t("startHint")}</p>
			</div>
			<ol className="flex flex-col">
				{steps.map((step, i) => (
					<li key={step.name} className="border-line not-last:border-b">
						<Link
							to={step.to}
							className={cn(
								"flex items-center gap-3 rounded-md px-2 py-3 hover:bg-sunken",
								i === next && "bg-accent-soft",
							)}
						>
							{step.done ? (
								<CircleCheck className="size-7 shrink-0 text-good" aria-label={t("done")} />
							) : (
								<span className="inline-flex size-7 shrink-0 items-center justify-center rounded-full border border-line-strong font-semibold text-sm">
									{i + 1}
								</span>
							)}
							<span className="min-w-0 flex-1">
								<span className={cn("block font-medium", step.done && "text-soft")}>{t(step.title ?? step.name)}</span>
								{!step.done && <span className="block text-sm text-soft">{t(step.hint ?? `${step.name}Hint`)}</span>}
							</span>
							<ChevronRight className="size-5 shrink-0 text-soft" aria-hidden />
						</Link>
					</li>
				))}
			</ol>
		</Card>
	);
}

interface Step {
	name: "link" | "write" | "rule" | "invite";
	to: string;
	done: boolean;
	/** What is said in the place of its usual title and hint. */
	title?: "writeAsCustomer";
	hint?: "linkSimulated" | "writeSimulated";
}

/** The steps that the member may do, or undefined until it is known which are done. */
function useSteps(): Step[] | undefined {
	const can = useCan();
	const simulated = useInstallation().data?.simulated;
	const devices = useQuery({ queryKey: ["devices", "list", {}], queryFn: () => ask(api.GET("/devices")) });
	const chats = useQuery({
		queryKey: ["chats", "any"],
		queryFn: () => ask(api.GET("/chats", { params: { query: { limit: 1 } } })),
	});
	const rules = useQuery({ queryKey: ["rules", "list", {}], queryFn: () => ask(api.GET("/rules")) });
	const members = useQuery({ queryKey: ["members", "list", {}], queryFn: () => ask(api.GET("/members")) });
	if (!devices.data || !chats.data || !rules.data || !members.data) return undefined;
	const steps: (Step & { need: string })[] = [
		{
			name: "link",
			to: "/devices",
			done: devices.data.items.some((d) => d.linked),
			need: "devices.write",
			hint: simulated ? "linkSimulated" : undefined,
		},
		{
			name: "write",
			to: simulated ? "/phones" : "/inbox",
			done: chats.data.items.length > 0,
			need: "chats.read",
			title: simulated ? "writeAsCustomer" : undefined,
			hint: simulated ? "writeSimulated" : undefined,
		},
		{ name: "rule", to: "/rules", done: rules.data.items.length > 0, need: "rules.write" },
		{ name: "invite", to: "/settings/members", done: members.data.items.length > 1, need: "members.write" },
	];
	return steps.filter((step) => can(step.need));
}
