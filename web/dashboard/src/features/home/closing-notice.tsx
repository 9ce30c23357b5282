import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button, Card } from "@/ui";
import { homeWords } from "./words";

/** Tells everybody in time that the workspace is going to be deleted. */
export function ClosingNotice() {
	const t = useWords(homeWords);
	const format = useFormat();
	const can = useCan()("workspace.own");
	const { data } = useQuery({ queryKey: ["closing"], queryFn: () => ask(api.GET("/workspace/closing")) });
	if (!data?.closing) return null;
	return (
		<Card className="flex flex-wrap items-center gap-3 border-bad">
			<TriangleAlert className="size-6 shrink-0 text-bad" aria-hidden />
			<p className="min-w-0 flex-1 basis-60">
				<span className="block font-medium">{t("closes", { at: format.full(data.due_at ?? 0) })}</span>
				<span className="outside block text-soft text-sm">{t("closesBy", { name: data.by_name ?? "" })}</span>
			</p>
			{can && (
				<Button asChild>
					<Link to="/settings/$section" params={{ section: "data" }}>
						{t("closesLook")}
					</Link>
				</Button>
			)}
		</Card>
	);
}
