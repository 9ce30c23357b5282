import { Link } from "@tanstack/react-router";
import { useWords } from "@/lib/words";
import { Mark } from "@/ui/mark";
import { Tooltip } from "@/ui/tooltip";
import { AccountMenu } from "./account-menu";
import { PageBadge } from "./page-badge";
import { usePages } from "./use-pages";
import { appWords } from "./words";

/** The pages beside each other, on anything wider than a phone. */
export function Rail() {
	const t = useWords(appWords);
	const list = usePages();
	return (
		<nav
			aria-label={t("pages")}
			className="flex w-16 shrink-0 flex-col items-center gap-1 border-line border-r bg-surface py-3 xl:w-56 xl:items-stretch xl:px-3"
		>
			<Link to="/" aria-label="Ping!" className="mb-3 flex items-center gap-2.5 rounded-md p-1 xl:px-2">
				<Mark className="size-9" />
				<span className="font-bold text-xl tracking-tight max-xl:hidden">Ping!</span>
			</Link>
			{list.map((page) => (
				<Tooltip key={page.name} text={t(page.name)} keys={page.keys}>
					<Link
						to={page.path}
						aria-label={t(page.name)}
						activeOptions={{ exact: page.path === "/" }}
						className="relative flex size-11 items-center justify-center gap-3 rounded-md text-soft transition-colors hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent-ink xl:h-10 xl:w-full xl:justify-start xl:px-3"
					>
						<page.icon className="size-5 shrink-0" aria-hidden />
						<span className="min-w-0 flex-1 truncate max-xl:hidden">{t(page.name)}</span>
						<PageBadge page={page.name} className="max-xl:absolute max-xl:-top-0.5 max-xl:-right-0.5" />
					</Link>
				</Tooltip>
			))}
			<div className="flex-1" />
			<AccountMenu />
		</nav>
	);
}
