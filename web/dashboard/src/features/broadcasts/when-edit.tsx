import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Field, Input } from "@/ui";
import { local, type Repeat } from "./repeat";
import { RepeatChoice } from "./repeat-choice";
import { repeatWords } from "./repeat-words";

/** When one that is to come in a series begins, and how it goes on; without repeat it has a rule that is not offered. */
export interface When {
	startAt: number;
	repeat?: Repeat;
}

interface WhenProps {
	when: When;
	fault: unknown;
	onChange: (when: When) => void;
}

/** The time and the rule of one that is to come. */
export function WhenEdit({ when, fault, onChange }: WhenProps) {
	const t = useWords(repeatWords);
	const format = useFormat();
	return (
		<>
			<Field label={t("from")} name="start_at" hint={format.full(when.startAt)} fault={fault}>
				<Input
					type="datetime-local"
					className="max-w-60"
					value={local(when.startAt)}
					min={local(Date.now())}
					onChange={(e) => e.target.value && onChange({ ...when, startAt: new Date(e.target.value).getTime() })}
				/>
			</Field>
			{when.repeat && (
				<RepeatChoice
					repeat={when.repeat}
					startAt={when.startAt}
					onChange={(repeat) => onChange({ ...when, repeat })}
				/>
			)}
		</>
	);
}
