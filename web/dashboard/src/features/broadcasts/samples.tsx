import { Shuffle } from "lucide-react";
import { useMemo, useState } from "react";
import { SaidBubble } from "@/app/saying/bubble";
import { parse, varies } from "@/lib/fill";
import { phoneNumber } from "@/lib/format";
import { useWords } from "@/lib/words";
import { Button } from "@/ui";
import { type Draft, numbersOf } from "./draft";
import { editorWords } from "./editor-words";
import { useSome, useTags } from "./queries";
import { reachOf } from "./reach";
import { type Person, samplesOf } from "./sample";

/** How many samples are shown. */
const count = 10;

/** The first of those who will get it. */
function usePeople(draft: Draft): Person[] {
	const { data: tags } = useTags();
	const { data } = useSome(reachOf(draft, tags?.items ?? []), count);
	return useMemo(() => {
		if (draft.source === "numbers")
			return numbersOf(draft.numbers)
				.slice(0, count)
				.map((number) => ({ key: number, name: number, values: { phone: number } }));
		if (draft.source === "contacts")
			return draft.contacts.slice(0, count).map(({ id, name, values }) => ({ key: id, name, values }));
		if (draft.source === "file")
			return (draft.file?.rows ?? []).map((row, i) => {
				const name = row.name || row.nama || row.nama_pelanggan || row.nama_lengkap || "";
				return { key: String(i), name: name || `#${i + 1}`, values: { name, ...row } };
			});
		return (data?.items ?? [])
			.filter((card) => card.consent !== "out" && !card.blocked)
			.map((card) => ({
				key: card.id,
				name: card.name || phoneNumber(card.phone ?? ""),
				values: { ...card.fields, name: card.name ?? "", phone: card.phone ?? "" },
			}));
	}, [draft, data]);
}

/** What it looks like on the phones of ten of those who will get it. */
export function Samples({ draft }: { draft: Draft }) {
	const t = useWords(editorWords);
	const [seed, setSeed] = useState(0);
	const people = usePeople(draft);
	const samples = samplesOf(draft, people, seed);
	const shuffles = draft.variants.some((one) => varies(parse(one.text)));
	return (
		<section aria-label={t("samples")} className="flex min-w-0 flex-col gap-2 lg:sticky lg:top-0">
			<div className="flex min-h-9 items-center justify-between gap-2">
				<h2 className="font-medium">{t("samples")}</h2>
				{shuffles && samples.length > 0 && (
					<Button size="sm" kind="quiet" className="max-md:h-11" onClick={() => setSeed(seed + 1)}>
						<Shuffle aria-hidden />
						{t("samplesAnother")}
					</Button>
				)}
			</div>
			{samples.length > 0 && <p className="text-pretty text-soft text-sm">{t("samplesHint", { n: samples.length })}</p>}
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
			<div tabIndex={0} className="flex max-h-[32rem] min-h-32 flex-col gap-3 overflow-y-auto rounded-lg bg-sunken p-3">
				{samples.map((one) => (
					<div key={one.key} className="flex flex-col gap-1">
						<p className="outside self-end text-soft text-xs">
							{t("sampleTo", { name: one.name })}
							{draft.variants.length > 1 && ` · ${t("textN", { n: one.variant + 1 })}`}
						</p>
						{one.lacks.length > 0 ? (
							<p className="outside self-end rounded-md bg-warn-soft px-2.5 py-1.5 text-sm text-warn">
								{t("sampleSkipped", { names: one.lacks.map((name) => `{${name}}`).join(", ") })}
							</p>
						) : (
							<SaidBubble text={one.text} fileId={one.fileId} />
						)}
					</div>
				))}
				{samples.length === 0 && <p className="m-auto px-4 text-center text-soft text-sm">{t("samplesNone")}</p>}
			</div>
		</section>
	);
}
