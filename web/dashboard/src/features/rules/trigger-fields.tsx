import { Hand, HelpCircle, MessageSquareText, Moon } from "lucide-react";
import { useWords } from "@/lib/words";
import { cn, Field, Select } from "@/ui";
import { editorWords } from "./editor-words";
import { type Draft, type Match, matches, triggers } from "./model";
import { WordsInput } from "./words-input";

const icons = { keyword: MessageSquareText, welcome: Hand, out_of_hours: Moon, fallback: HelpCircle };

interface TriggerProps {
	draft: Draft;
	change: (more: Partial<Draft>) => void;
	fault: unknown;
}

/** The "when" of a rule. */
export function TriggerFields({ draft, change, fault }: TriggerProps) {
	const t = useWords(editorWords);
	return (
		<div className="flex flex-col gap-4">
			<fieldset>
				<legend className="mb-1.5 font-medium text-sm">{t("when")}</legend>
				<div className="grid gap-2 sm:grid-cols-2">
					{triggers.map((trigger) => {
						const Icon = icons[trigger];
						return (
							<label
								key={trigger}
								className={cn(
									"flex min-h-11 cursor-pointer items-start gap-2.5 rounded-md border p-3",
									"has-focus-visible:outline-2 has-focus-visible:outline-accent",
									draft.trigger === trigger ? "border-accent bg-accent-soft" : "border-line bg-surface",
								)}
							>
								<input
									type="radio"
									name="trigger"
									className="sr-only"
									checked={draft.trigger === trigger}
									onChange={() => change({ trigger })}
								/>
								<Icon className="mt-0.5 size-4.5 shrink-0" aria-hidden />
								<span className="min-w-0">
									<span className="block font-medium">{t(trigger)}</span>
									<span className={cn("block text-sm", draft.trigger === trigger ? "text-ink" : "text-soft")}>
										{t(`${trigger}Hint`)}
									</span>
								</span>
							</label>
						);
					})}
				</div>
			</fieldset>
			{draft.trigger === "keyword" && (
				<>
					<Field label={t("match")} name="when.match" fault={fault} hint={t(`${draft.match}Hint`)}>
						<Select value={draft.match} onChange={(e) => change({ match: e.target.value as Match })}>
							{matches.map((match) => (
								<option key={match} value={match}>
									{t(match)}
								</option>
							))}
						</Select>
					</Field>
					<WordsInput words={draft.words} match={draft.match} onChange={(words) => change({ words })} fault={fault} />
				</>
			)}
		</div>
	);
}
