import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCan } from "@/app/me";
import { api, ask } from "@/lib/api/client";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { cn, ErrorState, Skeleton } from "@/ui";
import { homeWords } from "./words";

/** The API counts no further. */
const most = 1000;

const tiles = ["waiting", "unread", "mine", "nobody", "snoozed"] as const;

/** What waits for somebody now. */
export function Waiting() {
	const t = useWords(homeWords);
	const format = useFormat();
	const can = useCan()("chats.read");
	const { data, error, refetch } = useQuery({
		queryKey: ["chats", "counts"],
		queryFn: () => ask(api.GET("/chats/counts")),
		enabled: can,
	});
	if (!can) return null;
	return (
		<section className="flex flex-col gap-3">
			<h2 className="text-lg">{t("now")}</h2>
			{error && !data ? (
				<ErrorState error={error} onRetry={() => void refetch()} />
			) : (
				<ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
					{tiles.map((name) => (
						<li key={name} className="max-lg:first:col-span-full">
							<Link
								to="/inbox"
								className="flex h-full min-h-20 flex-col justify-between gap-1 rounded-lg border border-line bg-surface p-4 hover:bg-sunken"
							>
								{data ? (
									<span
										className={cn(
											"font-semibold text-3xl tabular-nums leading-none",
											name === "waiting" && data.waiting > 0 && "text-warn",
										)}
									>
										{data[name] >= most ? `${format.number(most)}+` : format.number(data[name])}
									</span>
								) : (
									<Skeleton className="h-8 w-12" />
								)}
								<span className="text-sm text-soft">{t(name)}</span>
							</Link>
						</li>
					))}
				</ul>
			)}
		</section>
	);
}
