import { Check, ChevronsUpDown } from "lucide-react";
import { Popover as Radix } from "radix-ui";
import { type KeyboardEvent, type ReactNode, useId, useMemo, useRef, useState } from "react";
import { useWords } from "@/lib/words";
import { cn } from "./cn";
import { useField } from "./field";
import { uiWords } from "./words";

export interface Option {
	value: string;
	label: string;
	/** Beside the label: an avatar, a colour. */
	icon?: ReactNode;
	/** Other words by which it is found. */
	also?: string;
}

interface ComboboxProps {
	options: Option[];
	value?: string;
	onChange: (value: string) => void;
	/** What is chosen, for screen readers; inside of a Field its label says it. */
	label?: string;
	placeholder?: string;
	disabled?: boolean;
	className?: string;
	/** The caller does the finding (a long list on the server); options are then shown as they are. */
	onSearch?: (text: string) => void;
}

/** A choice out of many, found by typing. */
export function Combobox(props: ComboboxProps) {
	const { options, value, onChange, label, placeholder, disabled, className, onSearch } = props;
	const t = useWords(uiWords);
	const field = useField();
	const listId = useId();
	const [open, setOpen] = useState(false);
	const chosen = options.find((o) => o.value === value);
	const choose = (option: Option) => {
		onChange(option.value);
		setOpen(false);
	};
	return (
		<Radix.Root
			open={open}
			onOpenChange={(next) => {
				setOpen(next);
				if (next) onSearch?.("");
			}}
		>
			<Radix.Trigger
				{...field}
				aria-label={label}
				disabled={disabled}
				className={cn(
					"base:h-10 base:w-full flex min-w-0 items-center gap-2 rounded-md border border-line-strong bg-raised px-3 text-left disabled:opacity-60 max-md:h-11",
					className,
				)}
			>
				{chosen?.icon}
				<span className={cn("min-w-0 flex-1 truncate", !chosen && "text-soft")}>
					{chosen?.label ?? placeholder ?? t("choose")}
				</span>
				<ChevronsUpDown className="size-4 shrink-0 text-soft" aria-hidden />
			</Radix.Trigger>
			<Radix.Portal>
				<Radix.Content
					align="start"
					sideOffset={6}
					collisionPadding={8}
					className="appear z-50 w-(--radix-popover-trigger-width) min-w-56 overflow-hidden rounded-lg border border-line bg-raised shadow-float"
				>
					<Choices listId={listId} options={options} value={value} choose={choose} onSearch={onSearch} />
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}

interface ChoicesProps {
	listId: string;
	options: Option[];
	value?: string;
	choose: (option: Option) => void;
	onSearch?: (text: string) => void;
}

function Choices({ listId, options, value, choose, onSearch }: ChoicesProps) {
	const t = useWords(uiWords);
	const [text, setText] = useState("");
	const [at, setAt] = useState(0);
	const list = useRef<HTMLDivElement>(null);
	const shown = useMemo(() => (onSearch ? options : found(options, text)).slice(0, 100), [options, text, onSearch]);

	const move = (next: number) => {
		setAt(next);
		list.current?.children[next]?.scrollIntoView({ block: "nearest" });
	};
	const onKeyDown = (e: KeyboardEvent) => {
		if (e.key === "ArrowDown") move(Math.min(at + 1, shown.length - 1));
		else if (e.key === "ArrowUp") move(Math.max(at - 1, 0));
		else if (e.key === "Enter" && shown[at]) choose(shown[at]);
		else return;
		e.preventDefault();
	};
	return (
		<>
			<input
				role="combobox"
				aria-expanded
				aria-controls={listId}
				aria-activedescendant={shown[at] ? `${listId}-${at}` : undefined}
				aria-label={t("search")}
				placeholder={t("search")}
				value={text}
				onChange={(e) => {
					setText(e.target.value);
					setAt(0);
					onSearch?.(e.target.value);
				}}
				onKeyDown={onKeyDown}
				className="h-11 w-full border-line border-b bg-transparent px-3 outline-none placeholder:text-soft max-md:text-base"
			/>
			<div ref={list} id={listId} role="listbox" className="max-h-64 overflow-y-auto p-1.5">
				{shown.map((option, i) => (
					// biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
					<div
						key={option.value}
						id={`${listId}-${i}`}
						role="option"
						tabIndex={-1}
						aria-selected={option.value === value}
						onClick={() => choose(option)}
						onMouseMove={() => setAt(i)}
						className={cn(
							"flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 max-md:min-h-11",
							i === at && "bg-sunken",
						)}
					>
						{option.icon}
						<span className="outside min-w-0 flex-1 truncate">{option.label}</span>
						{option.value === value && <Check className="size-4 shrink-0" aria-hidden />}
					</div>
				))}
				{shown.length === 0 && <p className="px-2.5 py-2 text-soft">{t("none")}</p>}
			</div>
		</>
	);
}

/** The options in which every word of the text is found. */
export function found(options: Option[], text: string): Option[] {
	const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
	return options.filter((o) => {
		const all = `${o.label} ${o.also ?? ""}`.toLowerCase();
		return parts.every((part) => all.includes(part));
	});
}
