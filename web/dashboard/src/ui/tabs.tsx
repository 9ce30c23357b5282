import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./cn";

interface TabsProps {
	value: string;
	onValueChange: (value: string) => void;
	/** What the choice is of, for screen readers. */
	label: string;
	tabs: { value: string; label: ReactNode }[];
	className?: string;
	/** TabPanels. */
	children?: ReactNode;
}

/** Sides of one thing, one at a time. */
export function Tabs({ value, onValueChange, label, tabs, className, children }: TabsProps) {
	return (
		<Radix.Root value={value} onValueChange={onValueChange} className={className}>
			<Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-line border-b">
				{tabs.map((tab) => (
					<Radix.Trigger
						key={tab.value}
						value={tab.value}
						className="-mb-px min-h-10 shrink-0 border-transparent border-b-2 px-3 text-soft hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
					>
						{tab.label}
					</Radix.Trigger>
				))}
			</Radix.List>
			{children}
		</Radix.Root>
	);
}

export function TabPanel({ value, className, children }: { value: string; className?: string; children: ReactNode }) {
	return (
		<Radix.Content value={value} className={cn("pt-4", className)}>
			{children}
		</Radix.Content>
	);
}
