import { language } from "@/lib/words";
import type { Out } from "./sending";

/** Things to send that take no typing. */
export function samples(): Record<"place" | "poll" | "card", Out> {
	const id = language() === "id";
	return {
		place: {
			location: { latitude: -6.92, longitude: 107.607, name: "Alun-Alun Bandung", address: "Jl. Asia Afrika, Bandung" },
		},
		poll: {
			poll: {
				question: id ? "Enaknya diantar kapan?" : "When should it be delivered?",
				options: id ? ["Pagi", "Siang", "Sore"] : ["Morning", "Noon", "Afternoon"],
				selectable: 1,
			},
		},
		card: {
			contact: {
				name: "Bu Ratna",
				vcard:
					"BEGIN:VCARD\nVERSION:3.0\nN:;Bu Ratna;;;\nFN:Bu Ratna\nTEL;type=CELL;waid=6281200000001:+6281200000001\nEND:VCARD",
			},
		},
	};
}
