import { base } from "@/lib/api/client";
import { Fault, faultOf, unreachable } from "@/lib/api/fault";
import { language } from "@/lib/words";

/** Where the phones of the simulated network are. What can be done there is in wasim/README.md: /v1 there is this here. */
export const networkBase = `${base}/network`;

/** A simulated person's phone. */
export interface Phone {
	number: string;
	lid: string;
	name: string;
	/** The devices that are linked to it: it is then a shop's own. */
	companions: string[];
	unread: number;
	/** When the newest line of its chats was written; 0 is never. */
	newest_ms: number;
	/** Changes with its profile picture; missing without one. */
	picture_id?: string;
}

/** One message as a phone has it. */
export interface PhoneMessage {
	seq: number;
	id: string;
	chat: string;
	from: string;
	from_me: boolean;
	type: string;
	text: string;
	mime?: string;
	filename?: string;
	size?: number;
	reply_to?: string;
	/** The message that a reaction, an edit, a revoke or a vote is about. */
	target?: string;
	edited?: boolean;
	votes?: string[];
	location?: { latitude: number; longitude: number; name?: string; address?: string; live?: boolean };
	contacts?: { name: string; vcard: string }[];
	poll?: { question: string; options: string[]; selectable?: number };
	forwarded?: number;
	view_once?: boolean;
	gif?: boolean;
	seconds?: number;
	waveform?: string;
	timestamp_ms: number;
	status: string;
	deleted?: boolean;
	/** Why the network refused an own message. */
	error?: number;
}

/** What somebody shows of themselves to a phone. */
export interface Sight {
	who: string;
	typing: string;
	online: boolean;
	typing_ms: number;
}

/** What is new on a phone. */
export interface News {
	next: string;
	/** It is from the beginning: what was there before is to be dropped. */
	all: boolean;
	messages: PhoneMessage[];
	seen: Sight[];
}

/** The numbers of the phones on which something is new. */
export interface Changed {
	next: string;
	all: boolean;
	phones: string[];
}

type Method = "GET" | "POST" | "DELETE";

/** Asks the network's phones for something. It throws a Fault, and nothing else but an AbortError. */
export async function onNetwork<T>(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<T> {
	let response: Response;
	try {
		response = await fetch(networkBase + path, {
			method,
			signal,
			credentials: "same-origin",
			headers: { "Accept-Language": language(), ...(body && { "Content-Type": "application/json" }) },
			body: body && JSON.stringify(body),
		});
	} catch (error) {
		if (error instanceof DOMException && error.name === "AbortError") throw error;
		throw unreachable();
	}
	if (!response.ok) throw await faultOf(response);
	try {
		return (await response.json()) as T;
	} catch (error) {
		if (error instanceof DOMException && error.name === "AbortError") throw error;
		throw error instanceof SyntaxError ? new Fault(response.status, "strange", error.message) : unreachable();
	}
}

/** Where a phone is, with what is asked of it: at(number, "/read"). */
export function at(number: string, rest = ""): string {
	return `/phones/${encodeURIComponent(number)}${rest}`;
}

/** The address of a message's file on a phone, for an element that loads it. */
export function phoneFile(number: string, id: string): string {
	return `${networkBase}${at(number, `/messages/${encodeURIComponent(id)}/media`)}`;
}

/** The address of a phone's profile picture, if it has one. */
export function phonePicture(phone: Phone | undefined): string | undefined {
	return phone?.picture_id ? `${networkBase}${at(phone.number, "/picture")}?id=${phone.picture_id}` : undefined;
}
