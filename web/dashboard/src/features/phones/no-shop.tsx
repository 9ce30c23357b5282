import { Link } from "@tanstack/react-router";
import { useWords } from "@/lib/words";
import { useShops } from "./shops";
import { phonesWords } from "./words";

/** There is nobody to write to yet, and what to do about it. */
export function NoShop() {
	const t = useWords(phonesWords);
	const shops = useShops();
	if (!shops || shops.length > 0) return null;
	return (
		<p className="text-pretty rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
			{t("noShop")}{" "}
			<Link to="/devices" className="inline-flex min-h-9 items-center font-semibold underline underline-offset-4">
				{t("toDevices")}
			</Link>
		</p>
	);
}
