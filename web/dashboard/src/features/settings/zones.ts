import type { Option } from "@/ui";

/** Indonesia's zones by the names that people use, then all others that the browser knows. */
export function zones(now: string): Option[] {
	const first: Option[] = [
		{ value: "Asia/Jakarta", label: "WIB (Jakarta)", also: "Asia/Jakarta Sumatra Jawa Bandung Surabaya Medan" },
		{ value: "Asia/Makassar", label: "WITA (Makassar)", also: "Asia/Makassar Bali Denpasar Sulawesi Lombok" },
		{ value: "Asia/Jayapura", label: "WIT (Jayapura)", also: "Asia/Jayapura Papua Maluku Ambon" },
	];
	const known = new Set(first.map((zone) => zone.value));
	const others = [...Intl.supportedValuesOf("timeZone"), "UTC", now].filter((name) => {
		const fresh = !known.has(name);
		known.add(name);
		return fresh;
	});
	return [...first, ...others.map((name) => ({ value: name, label: name.replaceAll("_", " "), also: name }))];
}
