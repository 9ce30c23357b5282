import { Link, useRouterState } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useWords } from "@/lib/words";
import { DropdownMenu, MenuItem, MenuLine } from "@/ui/menu";
import { AccountItems, nearItems } from "./account-menu";
import { PageBadge } from "./page-badge";
import { usePages } from "./use-pages";
import { appWords } from "./words";

// Five names share 360 pixels, also in fonts that are wide: none may be cut, so each takes what it needs.
const item =
	"relative flex min-h-14 min-w-0 flex-auto flex-col items-center justify-center gap-0.5 px-0.5 text-[0.6875rem] text-soft tracking-tight aria-[current=page]:font-semibold aria-[current=page]:text-accent";

/** Pages whose thread or details fill a phone's screen hide it; they have a way back of their own. */
const full = /^\/inbox\/./;

/** The pages under the thumb, on a phone. */
export function BottomBar() {
	const t = useWords(appWords);
	const list = usePages();
	const path = useRouterState({ select: (s) => s.location.pathname });
	if (full.test(path)) return null;
	const rest = list.filter((page) => !page.bar);
	return (
		<nav
			aria-label={t("pages")}
			className="flex shrink-0 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)]"
		>
			{list
				.filter((page) => page.bar)
				.map((page) => (
					<Link key={page.name} to={page.path} activeOptions={{ exact: page.path === "/" }} className={item}>
						<page.icon className="size-5.5" aria-hidden />
						<span className="w-full truncate text-center">{t(page.name)}</span>
						<PageBadge page={page.name} className="absolute top-1 left-1/2 ml-1" />
					</Link>
				))}
			<DropdownMenu
				side="top"
				trigger={
					<button
						type="button"
						className={item}
						onPointerEnter={nearItems}
						onFocus={nearItems}
						aria-current={rest.some((page) => path.startsWith(page.path)) ? "page" : undefined}
					>
						<Ellipsis className="size-5.5" aria-hidden />
						{t("more")}
					</button>
				}
			>
				{rest.map((page) => (
					<MenuItem key={page.name} asChild>
						<Link to={page.path}>
							<page.icon aria-hidden />
							{t(page.name)}
						</Link>
					</MenuItem>
				))}
				<MenuLine />
				<AccountItems />
			</DropdownMenu>
		</nav>
	);
}
