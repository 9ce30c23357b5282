import { newKey } from "@/lib/api/client";
import { Fault, unreachable } from "@/lib/api/fault";
import { language, say } from "@/lib/words";
import { tryWords } from "./words";

/** Who is pretended to write. */
export interface Writer {
	/** A number, or a group's id. */
	from: string;
	name?: string;
	group?: boolean;
}

/** One message of an answer. */
export interface Answered {
	text: string;
	/** Of a file: its name, or else what it is. */
	file?: string;
}

/** Somebody who has most likely never written. */
export function stranger(random = Math.random): Writer {
	return { from: `62800${String(Math.floor(random() * 1e8)).padStart(8, "0")}`, name: "Sari" };
}

export const aGroup: Writer = { from: "120363303315871698@g.us", name: "Sari", group: true };

interface Body {
	reply?: boolean;
	messages?: { text?: string; type?: string; filename?: string; mime?: string }[];
	message?: string;
	code?: string;
}

/** Asks what would be answered if this message came in (the contract's callback). Nothing is stored and nothing is sent. */
export async function tryOut(device: string, writer: Writer, text: string): Promise<Answered[]> {
	const response = await post(device, {
		from: writer.from,
		from_name: writer.name ?? "",
		message: text,
		message_id: newKey(),
		type: writer.group ? "group" : "single",
	});
	const body = (await response.json().catch(() => undefined)) as Body | undefined;
	if (!response.ok)
		throw new Fault(response.status, body?.code ?? "strange", body?.message ?? say(tryWords)("unreadable"));
	return answersOf(body);
}

/** The messages of the callback's answer; none when nothing answers. */
export function answersOf(body: Body | undefined): Answered[] {
	if (!body?.reply) return [];
	return (body.messages ?? []).map(({ text = "", type, filename, mime }) => ({
		text,
		file: type ? filename || mime || type : undefined,
	}));
}

function post(device: string, body: object): Promise<Response> {
	return fetch(`/api-app/whatsapp/callback/device_${encodeURIComponent(device)}`, {
		method: "POST",
		headers: { "Content-Type": "application/json", "Accept-Language": language() },
		credentials: "same-origin",
		body: JSON.stringify(body),
	}).catch(() => {
		throw unreachable();
	});
}
