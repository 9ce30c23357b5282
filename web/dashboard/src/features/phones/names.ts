import { phoneNumber } from "@/lib/format";
import type { Phone } from "@/lib/phones/network";
import { phonePicture } from "@/lib/phones/network";
import { useGroups } from "@/lib/phones/queries";
import { useWords } from "@/lib/words";
import { phonesWords } from "./words";

/** Says who a number is, and what a group is called. */
export function useNames(phone: Phone, phones: Phone[], withGroups: boolean) {
	const t = useWords(phonesWords);
	const groups = useGroups(phone.number, withGroups);
	const of = (number: string) => phones.find((one) => one.number === number);
	return {
		of,
		name(chat: string): string {
			if (chat.endsWith("@g.us")) return groups.data?.find((one) => one.jid === chat)?.name ?? t("group");
			return of(chat)?.name ?? (/^\d+$/.test(chat) ? phoneNumber(chat) : t("someone"));
		},
		picture: (chat: string) => phonePicture(of(chat)),
	};
}
