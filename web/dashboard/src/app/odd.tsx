import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useWords } from "@/lib/words";
import { Button } from "@/ui/button";
import { EmptyState, ErrorState } from "@/ui/states";
import { appWords } from "./words";

/** Where there is no frame around it. */
export function NotFoundAlone() {
	return (
		<main className="h-dvh">
			<NotFound />
		</main>
	);
}

export function NotFound() {
	const t = useWords(appWords);
	return (
		<div className="flex min-h-full items-center">
			<EmptyState
				page
				icon={Compass}
				title={t("notFound")}
				action={
					<Button kind="main" asChild>
						<Link to="/">{t("toHome")}</Link>
					</Button>
				}
			>
				{t("notFoundHint")}
			</EmptyState>
		</div>
	);
}

/** A page that broke. Reloading also helps when its script is of an older build that is gone. */
export function Failed({ error }: { error: unknown }) {
	return (
		<div className="flex min-h-full items-center">
			<ErrorState error={error} onRetry={() => location.reload()} />
		</div>
	);
}
