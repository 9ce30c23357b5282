import { FlaskConical } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useKeyFor } from "@/app/saying/key-for";
import { useWords } from "@/lib/words";
import { Button, Card, Field, FormFault, Input, toast } from "@/ui";
import { numbersOf } from "./draft";
import type { Broadcast } from "./model";
import { useTest } from "./more";
import { oneWords } from "./one-words";

/** Sends it to numbers of one's own, to see it on a real phone. */
export function TestCard({ one }: { one: Broadcast }) {
	const t = useWords(oneWords);
	const [text, setText] = useState("");
	const [times, setTimes] = useState(0);
	const test = useTest(one.id);
	const keyFor = useKeyFor();
	const numbers = numbersOf(text);
	const send = (e: FormEvent) => {
		e.preventDefault();
		test.mutate(
			{ numbers, key: keyFor([numbers, one.updated_at, times]) },
			{
				onSuccess: ({ messages }) => {
					toast(t("tested", { count: messages.length }), { kind: "good" });
					setTimes(times + 1);
				},
			},
		);
	};
	return (
		<Card>
			<form className="flex flex-col gap-3" onSubmit={send}>
				<div className="flex flex-wrap items-end gap-3">
					<Field label={t("test")} hint={t("testHint")} name="numbers" fault={test.error} className="flex-1 basis-64">
						<Input
							value={text}
							inputMode="tel"
							autoComplete="tel"
							placeholder="0812-3456-7890"
							onChange={(e) => setText(e.target.value)}
						/>
					</Field>
					<Button type="submit" busy={test.isPending} disabled={numbers.length === 0} className="mb-7">
						{!test.isPending && <FlaskConical aria-hidden />}
						{t("testSend")}
					</Button>
				</div>
				<FormFault fault={test.error} fields={["numbers"]} />
			</form>
		</Card>
	);
}
