import { useShortcutList } from "@/lib/shortcuts";
import { useWords } from "@/lib/words";
import { Sheet } from "@/ui/dialog";
import { Keys, keyNames } from "@/ui/keys";
import { appWords } from "./words";

/** The shortcuts that work here. */
export default function KeySheet({ onClose }: { onClose: () => void }) {
	const t = useWords(appWords);
	const list = useShortcutList();
	const groups = [...new Set(list.map((s) => s.group))];
	return (
		<Sheet open onOpenChange={(open) => !open && onClose()} title={t("keys")}>
			{groups.map((group) => (
				<section key={group} className="mt-4 first:mt-0">
					<h3 className="mb-1 text-soft text-sm">{group}</h3>
					<dl>
						{list
							.filter((s) => s.group === group)
							.map((s) => (
								<div key={s.keys} className="flex items-center gap-4 border-line border-b py-2 last:border-0">
									<dt className="min-w-0 flex-1">{s.label}</dt>
									<dd>
										<span className="sr-only">{keyNames(s.keys).join(" ")}</span>
										<Keys keys={s.keys} />
									</dd>
								</div>
							))}
					</dl>
				</section>
			))}
		</Sheet>
	);
}
