import { lazyRouteComponent, Navigate, useRouter } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import { insist } from "@/lib/lazily";
import { ErrorState } from "@/ui/states";
import { installationQuery, useInstallation } from "./installation";
import { identityQuery, useIdentity } from "./me";
import { client, signedOut } from "./queries";
import { Splash } from "./splash";

// React's own lazy() shows the splash once more even where the code is there, and then for 300 ms: this is drawn at once.
const importInside = () => import("./inside");
const Inside = lazyRouteComponent(() => insist(importInside));
const loadInside = () => importInside().then(() => Inside.preload?.());

/** Has code come while it is asked who is signed in and what this installation is; then it is drawn at once. What fails is asked for again there. */
export async function hurry(load: () => Promise<unknown> = loadInside): Promise<void> {
	await Promise.all([
		load().catch(() => undefined),
		client.prefetchQuery({ ...identityQuery, retry: false }),
		client.prefetchQuery({ ...installationQuery, retry: false }),
	]);
}

/** What stands around every page of somebody who is signed in; who is not is led to the sign-in, and back. */
export function Frame() {
	const me = useIdentity();
	const installation = useInstallation();
	if (me.data)
		return (
			<Suspense fallback={<Splash />}>
				<Inside me={me.data} />
			</Suspense>
		);
	if (me.error && !me.data)
		return <ErrorState error={me.error} onRetry={() => void me.refetch()} className="min-h-full justify-center" />;
	if (me.isPending || installation.isPending) return <Splash />;
	return installation.data?.needed ? <Navigate to="/setup" replace /> : <ToSignIn />;
}

/** Leads to the sign-in, once: while it loads, the address is its own already, and must not become the way back. */
function ToSignIn() {
	const router = useRouter();
	useEffect(() => {
		signedOut(); // what was shown of a session that is over is nobody's now
		const here = router.state.location.href;
		if (!here.startsWith("/login"))
			void router.navigate({ to: "/login", search: here === "/" ? {} : { back: here }, replace: true });
	}, [router]);
	return <Splash />;
}
