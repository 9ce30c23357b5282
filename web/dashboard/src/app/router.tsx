import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { insist } from "@/lib/lazily";
import { Frame, hurry } from "./frame";
import { Guarded } from "./guarded";
import { type Identity, meKey } from "./me";
import { Failed, NotFound, NotFoundAlone } from "./odd";
import { type Page, pages } from "./pages";
import { client } from "./queries";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundAlone, errorComponent: Failed });

const loadSignIn = () => import("@/features/signin/route");

const signIn = createRoute({
	getParentRoute: () => root,
	path: "/login",
	beforeLoad: () => hurry(loadSignIn),
	component: lazyRouteComponent(() => insist(loadSignIn), "SignIn"),
});
const setUp = createRoute({
	getParentRoute: () => root,
	path: "/setup",
	beforeLoad: () => hurry(loadSignIn),
	component: lazyRouteComponent(() => insist(loadSignIn), "SetUp"),
});

const forgot = createRoute({
	getParentRoute: () => root,
	path: "/forgot",
	component: lazyRouteComponent(() => insist(() => import("@/features/signin/forgot")), "Forgot"),
});
const reset = createRoute({
	getParentRoute: () => root,
	path: "/password-resets/$token",
	component: lazyRouteComponent(() => insist(() => import("@/features/signin/reset")), "Reset"),
});
const invited = createRoute({
	getParentRoute: () => root,
	path: "/invitations/$token",
	component: lazyRouteComponent(() => insist(() => import("@/features/signin/invited")), "Invited"),
});

const frame = createRoute({
	getParentRoute: () => root,
	id: "frame",
	component: Frame,
	notFoundComponent: NotFound,
	beforeLoad: () => hurry(),
});

/** A page whose code can be there before it is drawn; what is not there then is waited for with the splash. */
type Preloadable = ComponentType & { preload?: () => Promise<unknown> };

/** For how long the first page is not drawn because what it shows is on its way, in milliseconds. */
const blink = 100;

/** Has a page's code come. The first page waits a blink for what it shows; every other one takes the place of another at once. */
async function ready({ load, need }: Page, { preload }: Preloadable): Promise<void> {
	const loading = load().catch(() => undefined); // what fails is asked for again where it is drawn
	if (router.state.resolvedLocation) return;
	const code = await loading;
	if (code) await preload?.();
	const me = client.getQueryData<Identity | null>(meKey);
	if (!code?.ahead || (need && !me?.can.includes(need))) return;
	await Promise.race([code.ahead(client), new Promise((go) => setTimeout(go, blink))]);
}

const framed = pages.map((page) => {
	const Loaded = lazyRouteComponent(() => insist(page.load), "Page") as Preloadable;
	const route = createRoute({
		getParentRoute: () => frame,
		path: page.path,
		beforeLoad: () => ready(page, Loaded),
		component: () => (
			<Guarded page={page}>
				<Loaded />
			</Guarded>
		),
	});
	// They have no component of their own: the page stays, and reads the parameters.
	return route.addChildren(
		(page.below ?? []).map((path) => createRoute({ getParentRoute: () => route, path, component: () => null })),
	);
});

export const router = createRouter({
	routeTree: root.addChildren([signIn, setUp, forgot, reset, invited, frame.addChildren(framed)]),
	defaultPreload: "intent",
	defaultErrorComponent: Failed,
	scrollRestoration: true,
});
