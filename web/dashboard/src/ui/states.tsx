import { CircleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useWords } from "@/lib/words";
import { Button } from "./button";
import { cn } from "./cn";
import { uiWords } from "./words";

/** The shape of what is to come, while it loads. */
export function Skeleton({ className }: { className?: string }) {
	return <div className={cn("base:rounded-md base:bg-sunken animate-pulse", className)} aria-hidden />;
}

/** A list that is still loading. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
	const t = useWords(uiWords);
	return (
		<div role="status" aria-label={t("loading")} className="flex flex-col gap-4 p-4">
			{Array.from({ length: rows }, (_, i) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
				<div key={i} className="flex items-center gap-3">
					<Skeleton className="size-10 rounded-full" />
					<div className="flex flex-1 flex-col gap-2">
						<Skeleton className="h-4 w-2/5" />
						<Skeleton className="h-3 w-3/4" />
					</div>
				</div>
			))}
		</div>
	);
}

interface EmptyProps {
	icon?: LucideIcon;
	title: ReactNode;
	/** What to do so that it does not stay empty. */
	children?: ReactNode;
	action?: ReactNode;
	/** It is all that the page shows: its title is the page's. */
	page?: boolean;
	className?: string;
}

/** There is nothing here yet, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, action, page, className }: EmptyProps) {
	const Title = page ? "h1" : "h2";
	return (
		<div className={cn("mx-auto flex max-w-sm flex-col items-center gap-3 base:py-12 px-6 text-center", className)}>
			{Icon && (
				<span className="inline-flex size-14 items-center justify-center rounded-full bg-accent-soft text-accent-ink">
					<Icon className="size-7" aria-hidden />
				</span>
			)}
			<Title className="text-lg">{title}</Title>
			{children && <p className="text-pretty text-soft">{children}</p>}
			{action}
		</div>
	);
}

/** Something could not be shown, why, and a way out. */
export function ErrorState({
	error,
	onRetry,
	className,
}: {
	error: unknown;
	onRetry?: () => void;
	className?: string;
}) {
	const t = useWords(uiWords);
	return (
		<div
			role="alert"
			className={cn("mx-auto flex max-w-sm flex-col items-center gap-3 base:py-12 px-6 text-center", className)}
		>
			<span className="inline-flex size-14 items-center justify-center rounded-full bg-bad-soft text-bad">
				<CircleAlert className="size-7" aria-hidden />
			</span>
			<h2 className="text-lg">{t("wrong")}</h2>
			<p className="text-pretty text-soft">{error instanceof Error ? error.message : String(error)}</p>
			{onRetry && <Button onClick={onRetry}>{t("retry")}</Button>}
		</div>
	);
}
