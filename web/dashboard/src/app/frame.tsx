import { Navigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { ErrorState } from "@/ui/states";
import { useInstallation } from "./installation";
import { useIdentity } from "./me";
import { signedOut } from "./queries";
import { Splash } from "./splash";

const loadInside = () => import("./inside");
const Inside = lazy(loadInside);

/** Has the frame's code come while it is asked who is signed in. */
export function hurry(): void {
	void loadInside().catch(() => undefined); // it is asked for again when it is drawn
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
