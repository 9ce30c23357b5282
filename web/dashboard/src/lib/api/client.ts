import createClient, { type Middleware } from "openapi-fetch";
import { language } from "@/lib/words";
import { early } from "./early";
import { faultOf, unreachable } from "./fault";
import type { components, paths } from "./schema";

/** The shapes of the API's document: Schema["ChatView"]. */
export type Schema = components["schemas"];

/** Where the API is, for addresses that an element loads by itself, such as a picture. */
export const base = "/api/v1";

const border: Middleware = {
	onRequest({ request }) {
		request.headers.set("Accept-Language", language());
		return request;
	},
	async onResponse({ response }) {
		if (!response.ok) throw await faultOf(response);
		return response;
	},
	onError({ error }) {
		// A request that its own screen took back is no fault.
		return error instanceof DOMException && error.name === "AbortError" ? error : unreachable();
	},
};

/** The API, typed by its document: ask(api.GET("/chats", { params: { query: { limit: 50 } } })). */
export const api = createClient<paths>({
	baseUrl: location.origin + base,
	credentials: "same-origin",
	fetch: async (request) => (await early(request)) ?? fetch(request),
});
api.use(border);

/** What a call answers with; it throws a Fault, and nothing else but an AbortError. */
export async function ask<T>(call: Promise<{ data?: T }>): Promise<T> {
	const { data } = await call;
	return data as T;
}

/**
 * A new Idempotency-Key. A POST that makes a message carries one in params.header; the same one when it is tried again, so
 * that nothing is sent twice.
 */
export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
