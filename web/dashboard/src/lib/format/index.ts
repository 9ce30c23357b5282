import { Store, useStore } from "@/lib/store";
import { useLanguage } from "@/lib/words";
import { type Format, makeFormat } from "./format";

export { type Format, makeFormat, phoneNumber } from "./format";

/** The time zone of the workspace that is looked at. */
export const workspaceZone = new Store("Asia/Jakarta");

const made = new Map<string, Format>();

/** Formats in the language of the screen and the workspace's time zone. */
export function useFormat(): Format {
	const language = useLanguage();
	const zone = useStore(workspaceZone);
	const key = `${language} ${zone}`;
	let format = made.get(key);
	if (!format) {
		format = makeFormat(language, zone);
		made.set(key, format);
	}
	return format;
}
