import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { insist } from "@/lib/lazily";
import { Frame, hurry } from "./frame";
import { Guarded } from "./guarded";
import { Failed, NotFound, NotFoundAlone } from "./odd";
import { pages } from "./pages";

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

const framed = pages.map((page) => {
	const Loaded = lazyRouteComponent(() => insist(page.load), "Page") as ComponentType;
	const route = createRoute({
		getParentRoute: () => frame,
		path: page.path,
		// Its code comes while it is asked who is signed in.
		beforeLoad: () => void page.load().catch(() => undefined),
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
