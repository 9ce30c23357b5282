import { useInstallation } from "./installation";
import { useCan } from "./me";
import { type Page, pages } from "./pages";

/** The pages that are for whoever is signed in. */
export function usePages(): Page[] {
	const can = useCan();
	const { data } = useInstallation();
	return pages.filter((page) => (!page.need || can(page.need)) && (!page.simulated || data?.simulated));
}
