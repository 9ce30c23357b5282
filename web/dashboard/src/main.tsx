import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { awaitInstallOffer } from "./app/install";
import { client } from "./app/queries";
import { router } from "./app/router";
import { keepReady } from "./app/worker";
import { Toasts } from "./ui/toast";
import "./ui/base.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
// In short pieces, between which the browser can do what somebody wants of it.
const draw = () =>
	startTransition(() =>
		createRoot(root).render(
			<StrictMode>
				<QueryClientProvider client={client}>
					<RouterProvider router={router} />
					<Toasts />
				</QueryClientProvider>
			</StrictMode>,
		),
	);
// What index.html shows stays until there is something to take its place, so that it is drawn once. A piece of its own, too:
// to run all these modules was long enough.
setTimeout(() => void router.load().finally(draw));
awaitInstallOffer();
keepReady((path) => router.history.push(path));
