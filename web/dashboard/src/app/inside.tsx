import { useQueryClient } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { useEffect } from "react";
import { workspaceZone } from "@/lib/format";
import { live } from "@/lib/live";
import { press } from "@/lib/shortcuts";
import { useWide } from "@/lib/wide";
import { useWords } from "@/lib/words";
import { Banner } from "./banner";
import { BottomBar } from "./bottom-bar";
import { follow } from "./follow";
import { type Identity, MeContext } from "./me";
import { Overlays } from "./overlays";
import { Rail } from "./rail";
import { appWords } from "./words";

/** The frame of somebody who is signed in: who is not needs none of its code. */
export default function Inside({ me }: { me: Identity }) {
	const t = useWords(appWords);
	const client = useQueryClient();
	const wide = useWide();
	// Before anything below is drawn: times are in the workspace's zone from the first.
	workspaceZone.set(me.workspace.timezone);
	useEffect(() => {
		const end = follow(client);
		return () => {
			end();
			live.stop();
		};
	}, [client]);
	useEffect(() => {
		addEventListener("keydown", press);
		return () => removeEventListener("keydown", press);
	}, []);
	return (
		<MeContext value={me}>
			<div className="relative flex h-dvh flex-col overflow-clip md:flex-row">
				<a
					href="#content"
					className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
				>
					{t("skip")}
				</a>
				{wide && <Rail />}
				<div className="flex min-h-0 min-w-0 flex-1 flex-col">
					<Banner />
					<main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-hidden outline-none">
						<Outlet />
					</main>
				</div>
				{!wide && <BottomBar />}
				<Overlays />
			</div>
		</MeContext>
	);
}
