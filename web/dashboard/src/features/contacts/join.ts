import { useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { toast, toastFault } from "@/ui";
import { joinWords } from "./join-words";
import { contactsKeys } from "./keys";

/** Makes two contacts one, and two again. Everything that shows them is read anew. */
export function useJoin() {
	const t = useWords(joinWords);
	const client = useQueryClient();
	const anew = () => {
		void client.invalidateQueries({ queryKey: contactsKeys.all });
		void client.invalidateQueries({ queryKey: ["chats"] });
	};
	const part = async (id: string): Promise<boolean> => {
		try {
			await ask(api.POST("/contacts/{id}/unmerge", { params: { path: { id } } }));
			toast(t("parted"), { kind: "good" });
			anew();
			return true;
		} catch (error) {
			toastFault(error);
			return false;
		}
	};
	const join = async (id: string, into: string): Promise<boolean> => {
		try {
			await ask(api.POST("/contacts/{id}/merge", { params: { path: { id } }, body: { into } }));
			toast(t("merged"), { kind: "good", action: { label: t("undo"), run: () => void part(into) } });
			anew();
			return true;
		} catch (error) {
			toastFault(error);
			return false;
		}
	};
	return { join, part };
}
