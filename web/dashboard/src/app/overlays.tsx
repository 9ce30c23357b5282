import { useNavigate } from "@tanstack/react-router";
import { type ComponentType, Suspense, useEffect, useMemo, useState } from "react";
import { type Command, useCommands } from "@/lib/commands";
import { whenIdle } from "@/lib/idle";
import { insist, lazily } from "@/lib/lazily";
import { live } from "@/lib/live";
import { useShortcut } from "@/lib/shortcuts";
import { useWords } from "@/lib/words";
import { useSignOut } from "./account-menu";
import { useMe } from "./me";
import type { Page } from "./pages";
import { usePages } from "./use-pages";
import { appWords } from "./words";

const Palette = lazily(() => import("./palette"));
const KeySheet = lazily(() => import("./key-sheet"));

/** What lies over any page: the palette (mod+k) and the list of shortcuts (?). */
export function Overlays() {
	const t = useWords(appWords);
	const [open, setOpen] = useState<"palette" | "keys" | null>(null);
	const list = usePages();
	const navigate = useNavigate();
	const signOut = useSignOut();
	useShortcut("mod+k", t("palette"), t("general"), () => setOpen("palette"), true);
	useShortcut("?", t("keys"), t("general"), () => setOpen("keys"));
	// biome-ignore lint/correctness/useExhaustiveDependencies: the rest stays what it is
	const commands = useMemo<Command[]>(
		() => [
			...list.map((page) => ({
				id: `page-${page.name}`,
				label: t(page.name),
				icon: page.icon,
				keys: page.keys,
				run: () => void navigate({ to: page.path }),
			})),
			{ id: "keys", label: t("keys"), keys: "?", run: () => setOpen("keys") },
			{ id: "sign-out", label: t("signOut"), run: () => void signOut() },
		],
		[t, list.map((page) => page.name).join()],
	);
	useCommands("app", commands);
	const member = useMe().member?.id;
	useEffect(() => {
		// What the browser was to tell of ended with the session before; nobody waits for it.
		if (!member) return;
		return whenIdle(() => void import("@/lib/bell").then(({ keepBell }) => keepBell(member)).catch(() => undefined));
	}, [member]);
	return (
		<>
			{list.map((page) => (
				<PageShortcut key={page.name} page={page} />
			))}
			<Watch />
			<Suspense>
				{open === "palette" && <Palette onClose={() => setOpen(null)} />}
				{open === "keys" && <KeySheet onClose={() => setOpen(null)} />}
			</Suspense>
		</>
	);
}

/** What follows the events comes with the first moment of rest, and the events after it, so that none is told to nobody. */
function Watch() {
	const [Watching, setWatching] = useState<ComponentType>();
	useEffect(() => {
		let here = true;
		const calm = whenIdle(async () => {
			const code = await insist(() => import("@/features/inbox/watch")).catch(() => ({ default: () => null }));
			if (here) setWatching(() => code.default);
		});
		return () => {
			here = false;
			calm();
		};
	}, []);
	useEffect(() => {
		if (Watching) void live.start();
	}, [Watching]);
	return Watching && <Watching />;
}

function PageShortcut({ page }: { page: Page }) {
	const t = useWords(appWords);
	const navigate = useNavigate();
	useShortcut(page.keys, t(page.name), t("pages"), () => void navigate({ to: page.path }));
	return null;
}
