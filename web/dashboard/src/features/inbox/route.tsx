import type { QueryClient } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { whenIdle } from "@/lib/idle";
import { lazily } from "@/lib/lazily";
import { useWords } from "@/lib/words";
import { cn, EmptyState } from "@/ui";
import { ChatList } from "./chat-list";
import { useInboxKeys } from "./inbox-keys";
import { readList } from "./queries";
import { clean, filterStore } from "./view";
import { inboxWords } from "./words";

/** The list is there first; the thread comes with the first moment of rest, before anybody has chosen a chat. */
const loadThread = () => import("./thread-pane");
const ThreadPane = lazily(loadThread);
const Details = lazily(() => import("./details"));

/** Reads what the page shows first. */
export function ahead(client: QueryClient): Promise<unknown> {
	return readList(client, clean(filterStore.get()));
}

/** The list, the thread, and whom one writes with; one at a time on a phone. */
export function Page() {
	const t = useWords(inboxWords);
	const { chat } = useParams({ strict: false }) as { chat?: string };
	const { message, note } = useSearch({ strict: false }) as { message?: string; note?: string };
	const [details, setDetails] = useState(false);
	useInboxKeys(chat);
	useEffect(() => whenIdle(() => void loadThread().catch(() => undefined)), []);
	return (
		<div className="relative flex h-full min-h-0">
			<h1 className="sr-only">{t("title")}</h1>
			<section
				aria-label={t("title")}
				className={cn(
					"flex w-full min-w-0 flex-col border-line bg-surface md:w-80 md:shrink-0 md:border-r lg:w-92",
					chat && "max-md:hidden",
				)}
			>
				<ChatList open={chat} />
			</section>
			<div className={cn("relative flex min-w-0 flex-1", !chat && "max-md:hidden")}>
				{chat ? (
					<Suspense fallback={<div className="flex-1 bg-sunken" />}>
						<ThreadPane
							key={chat}
							id={chat}
							around={message}
							note={note}
							details={details}
							onDetails={() => setDetails((open) => !open)}
						/>
					</Suspense>
				) : (
					<EmptyState icon={MessagesSquare} title={t("choose")} className="self-center">
						{t("chooseHint")}
					</EmptyState>
				)}
				{chat && details && (
					<Suspense>
						<Details key={chat} id={chat} onClose={() => setDetails(false)} />
					</Suspense>
				)}
			</div>
		</div>
	);
}
