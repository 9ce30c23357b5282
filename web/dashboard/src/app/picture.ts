import { useQuery } from "@tanstack/react-query";
import { api, ask, base } from "@/lib/api/client";
import { afterPaint } from "@/lib/idle";

/** How many contacts one question names, as the API has it. */
const most = 100;
/** For how long the contacts of one question are gathered, in milliseconds: a list shows all its rows at once. */
const gather = 20;

interface Batch {
	ids: string[];
	files: Promise<Map<string, string>>;
}

let batch: Batch | undefined;

function begin(): Batch {
	const ids: string[] = [];
	const files = Promise.all([afterPaint(), new Promise((go) => setTimeout(go, gather))]).then(async () => {
		if (batch?.ids === ids) batch = undefined;
		const { items } = await ask(
			api.GET("/contacts/pictures", {
				params: { query: { ids } },
				querySerializer: { array: { style: "form", explode: false } },
			}),
		);
		return new Map(items.map((one) => [one.contact_id, one.file_id]));
	});
	return { ids, files };
}

/** The file of a contact's small picture; "" when there is none, or not yet. What is asked in one moment is one question. */
export async function pictureOf(contact: string): Promise<string> {
	if (!batch || batch.ids.length >= most) batch = begin();
	batch.ids.push(contact);
	return (await batch.files).get(contact) ?? "";
}

/** Where the small picture of a contact is. It is the server's, and its address is another one when the picture is. */
export function usePicture(contact: string | undefined): string | undefined {
	const { data } = useQuery({
		queryKey: ["pictures", contact],
		queryFn: () => pictureOf(contact ?? ""),
		enabled: Boolean(contact),
		staleTime: Number.POSITIVE_INFINITY,
		retry: false,
	});
	return data ? `${base}/files/${data}/content` : undefined;
}
