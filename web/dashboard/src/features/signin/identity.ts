import type { Identity } from "@/app/me";
import type { Schema } from "@/lib/api/client";

/** Who is signed in after a step of the sign-in; undefined while a second factor is wanted. */
export function identityOf(answer: Schema["MemberLoginAnswer"]): Identity | undefined {
	const { second_factor, ...rest } = answer;
	return second_factor || !rest.workspace ? undefined : (rest as Identity);
}

/** Where somebody was when the session ended: an address of ours, nothing else. */
export function safeBack(back: unknown): string {
	return typeof back === "string" && /^\/(?![/\\])/.test(back) ? back : "/";
}
