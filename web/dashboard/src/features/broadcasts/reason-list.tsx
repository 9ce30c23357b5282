import { Link } from "@tanstack/react-router";
import { useFormat } from "@/lib/format";
import type { Broadcast, Status } from "./model";

interface Reason {
	code: string;
	name: string;
	count: number;
	/** It has no rows among the recipients. */
	unseen?: boolean;
}

interface ReasonListProps {
	one: Broadcast;
	/** What became of them; missing where the recipients are not below. */
	state?: Status;
	reasons: Reason[];
}

/** Reasons, and how many for each; a reason leads to its recipients. */
export function ReasonList({ one, state, reasons }: ReasonListProps) {
	const format = useFormat();
	return (
		<ul className="flex flex-col">
			{reasons.map(({ code, name, count, unseen }) => {
				const number = <span className="tabular-nums">{format.number(count)}</span>;
				return (
					<li key={code} className="border-line not-last:border-b">
						{state && !unseen ? (
							<Link
								to="/broadcasts/$broadcast"
								params={{ broadcast: one.id }}
								search={{ state, code }}
								hash="recipients"
								className="group flex min-h-11 items-center justify-between gap-4 md:min-h-9"
							>
								<span className="outside min-w-0 underline decoration-line underline-offset-4 group-hover:decoration-current">
									{name}
								</span>
								{number}
							</Link>
						) : (
							<span className="flex justify-between gap-4 py-1.5">
								<span className="outside min-w-0">{name}</span>
								{number}
							</span>
						)}
					</li>
				);
			})}
		</ul>
	);
}
