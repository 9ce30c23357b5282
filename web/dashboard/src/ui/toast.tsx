import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useWords } from "@/lib/words";
import { cn } from "./cn";
import { uiWords } from "./words";

type Kind = "good" | "bad" | "plain";

interface Notice {
	id: number;
	kind: Kind;
	text: string;
	action?: { label: string; run: () => void };
}

/** How long a notice stays, in milliseconds; one with an action stays longer, one of a failure until it is dismissed. */
const stay = { short: 4_000, long: 9_000 };

let notices: Notice[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: Notice[]) {
	notices = next;
	for (const tell of listeners) tell();
}

function dismiss(id: number) {
	set(notices.filter((n) => n.id !== id));
}

/** Tells of something that has happened, in a corner, without taking the focus. At most three are shown. */
export function toast(text: string, options: { kind?: Kind; action?: Notice["action"] } = {}): void {
	set([...notices, { id: nextId++, kind: options.kind ?? "plain", text, action: options.action }].slice(-3));
}

/** Tells of what went wrong. */
export function toastFault(fault: unknown): void {
	toast(fault instanceof Error ? fault.message : String(fault), { kind: "bad" });
}

const icons = { good: CircleCheck, bad: CircleAlert, plain: Info };

function Toast({ notice }: { notice: Notice }) {
	const t = useWords(uiWords);
	useEffect(() => {
		if (notice.kind === "bad") return;
		const timer = setTimeout(() => dismiss(notice.id), notice.action ? stay.long : stay.short);
		return () => clearTimeout(timer);
	}, [notice]);
	const Icon = icons[notice.kind];
	return (
		<div className="appear pointer-events-auto flex w-full items-center gap-2.5 rounded-lg bg-ink py-2.5 pr-1.5 pl-3.5 text-ground shadow-float md:w-auto md:max-w-md">
			<Icon className="size-5 shrink-0" aria-hidden />
			<p className="outside min-w-0 flex-1">{notice.text}</p>
			{notice.action && (
				<button
					type="button"
					className="min-h-9 rounded-md px-2.5 font-semibold underline underline-offset-4"
					onClick={() => {
						notice.action?.run();
						dismiss(notice.id);
					}}
				>
					{notice.action.label}
				</button>
			)}
			<button
				type="button"
				aria-label={t("dismiss")}
				className="inline-flex size-9 shrink-0 items-center justify-center rounded-md"
				onClick={() => dismiss(notice.id)}
			>
				<X className="size-4.5" aria-hidden />
			</button>
		</div>
	);
}

/** Where notices are shown; once, in the app's frame. */
export function Toasts() {
	const t = useWords(uiWords);
	const list = useSyncExternalStore(
		(tell) => {
			listeners.add(tell);
			return () => listeners.delete(tell);
		},
		() => notices,
	);
	return (
		<section
			aria-label={t("notices")}
			aria-live="polite"
			className={cn(
				"pointer-events-none fixed z-60 flex flex-col items-end gap-2",
				"max-md:inset-x-3 max-md:bottom-[calc(4.5rem+env(safe-area-inset-bottom))] md:right-5 md:bottom-20",
			)}
		>
			{list.map((notice) => (
				<Toast key={notice.id} notice={notice} />
			))}
		</section>
	);
}
