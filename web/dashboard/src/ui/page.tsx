import type { HTMLAttributes, ReactNode } from "react";
import { cn } from "./cn";

interface PageHeadProps {
	title: ReactNode;
	description?: ReactNode;
	/** Buttons, the main one last. */
	actions?: ReactNode;
	/** A way back, on phones. */
	back?: ReactNode;
}

/** The top of a page: what it is, and what can be done here. */
export function PageHead({ title, description, actions, back }: PageHeadProps) {
	return (
		<header className="flex flex-wrap items-center gap-x-4 gap-y-3">
			{back}
			<div className={cn("min-w-0 flex-1", back ? "basis-40" : "basis-56")}>
				<h1 className="outside text-2xl">{title}</h1>
				{description && <p className="mt-0.5 max-w-prose text-pretty text-soft">{description}</p>}
			</div>
			{actions && <div className="flex flex-wrap gap-2">{actions}</div>}
		</header>
	);
}

/** A page that scrolls as a whole, at a width at which it is read well. A page of panes does without. */
export function PageBody({ className, ...rest }: HTMLAttributes<HTMLDivElement>) {
	return (
		<div className="relative h-full overflow-y-auto">
			<div
				className={cn("mx-auto base:max-w-5xl flex flex-col gap-6 px-4 py-6 md:px-8 md:py-8", className)}
				{...rest}
			/>
		</div>
	);
}

/** Things that belong together. */
export function Card({ className, ...rest }: HTMLAttributes<HTMLDivElement>) {
	return (
		<div
			className={cn("base:border-line base:bg-surface base:p-4 base:md:p-5 rounded-lg border", className)}
			{...rest}
		/>
	);
}
