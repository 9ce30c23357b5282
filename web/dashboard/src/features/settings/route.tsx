import { Link, useParams } from "@tanstack/react-router";
import { Suspense } from "react";
import { useCan } from "@/app/me";
import { useWords } from "@/lib/words";
import { PageBody, PageHead, SkeletonRows } from "@/ui";
import { sections } from "./sections";
import { settingsWords } from "./words";

/** On a phone the sections are a bar that scrolls: the one that is open must be seen in it. */
function reveal(link: HTMLElement | null) {
	link?.scrollIntoView({ block: "nearest", inline: "center" });
}

export function Page() {
	const t = useWords(settingsWords);
	const can = useCan();
	const { _splat: name } = useParams({ strict: false }) as { _splat?: string };
	const mine = sections.filter((section) => !section.need || can(section.need));
	const now = mine.find((section) => section.name === name?.split("/")[0]) ?? mine[0];
	return (
		<PageBody>
			<PageHead title={t("title")} />
			<div className="flex flex-col gap-6 md:flex-row md:gap-10">
				<nav aria-label={t("title")} className="flex shrink-0 gap-1 overflow-x-auto md:w-48 md:flex-col">
					{mine.map((section) => (
						<Link
							key={section.name}
							to={`/settings/${section.name}`}
							aria-current={section === now ? "page" : undefined}
							ref={section === now ? reveal : undefined}
							className="flex min-h-11 shrink-0 items-center gap-2.5 rounded-md px-3 text-soft md:min-h-10 hover:bg-sunken aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent-ink"
						>
							<section.icon className="size-4.5 shrink-0" aria-hidden />
							{t(section.name)}
						</Link>
					))}
				</nav>
				<div className="flex min-w-0 flex-1 flex-col gap-6">
					<Suspense fallback={<SkeletonRows />}>{now && <now.View />}</Suspense>
				</div>
			</div>
		</PageBody>
	);
}
