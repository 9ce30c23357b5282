import { useState } from "react";
import { useWords } from "@/lib/words";
import type { Rule } from "./model";
import { useReorder, useToggle } from "./queries";
import { RuleRow } from "./rule-row";
import { useDrag } from "./use-drag";
import { rulesWords } from "./words";

/** The rules in the order in which they are tried. */
export function RuleList({ rules, may }: { rules: Rule[]; may: boolean }) {
	const t = useWords(rulesWords);
	const toggle = useToggle();
	const reorder = useReorder();
	const [said, setSaid] = useState("");
	const byId = new Map(rules.map((rule) => [rule.id, rule]));
	const ids = rules.map((rule) => rule.id);
	const drag = useDrag(ids, (order, id) => {
		reorder.mutate(order);
		const name = byId.get(id)?.name ?? "";
		setSaid(t("moved", { name, at: order.indexOf(id) + 1, count: order.length }));
	});
	return (
		<>
			<p className="sr-only" aria-live="polite">
				{said}
			</p>
			<p id="rules-move-hint" className="sr-only">
				{t("moveHint")}
			</p>
			<ol aria-label={t("rules")}>
				{drag.order.map((id, i) => {
					const rule = byId.get(id);
					if (!rule) return null;
					return (
						<RuleRow
							key={id}
							rule={rule}
							may={may}
							at={i + 1}
							count={rules.length}
							held={drag.held === id}
							row={drag.row(id)}
							handle={drag.handle(id)}
							onToggle={(enabled) => toggle.mutate({ id, enabled })}
						/>
					);
				})}
			</ol>
		</>
	);
}
