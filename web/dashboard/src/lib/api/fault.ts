import { say, words } from "@/lib/words";

const faultWords = words("fault", {
	id: {
		unreachable: "Server tidak bisa dihubungi. Periksa sambungan internetmu, lalu coba lagi.",
		strange: "Jawaban server tidak bisa dibaca (kode {{status}}). Coba lagi sebentar lagi.",
	},
	en: {
		unreachable: "The server can't be reached. Check your connection, then try again.",
		strange: "The server's answer can't be read (status {{status}}). Try again in a moment.",
	},
});

/** What the server says when it does not do what it was asked, in the language of the screen. */
export class Fault extends Error {
	/** HTTP status; 0 when there was no answer at all. */
	readonly status: number;
	/** Stable name of what went wrong, such as "field_missing"; "unreachable" when there was no answer. */
	readonly code: string;
	/** The field that is wrong, if one is. */
	readonly field?: string;
	/** Seconds after which to try again. */
	readonly retryAfter?: number;
	/** What the server's log calls the request. */
	readonly requestId?: string;

	constructor(
		status: number,
		code: string,
		text: string,
		more: { field?: string; retryAfter?: number; requestId?: string } = {},
	) {
		super(text);
		this.name = "Fault";
		this.status = status;
		this.code = code;
		this.field = more.field;
		this.retryAfter = more.retryAfter;
		this.requestId = more.requestId;
	}

	/** What to show to a person. */
	get text(): string {
		return this.message;
	}

	/** Whether asking again may help without anything else being changed. */
	get passing(): boolean {
		return this.status === 0 || this.status === 429 || this.status >= 500;
	}
}

export function unreachable(): Fault {
	return new Fault(0, "unreachable", say(faultWords)("unreachable"));
}

/** Reads the fault out of an answer that is not a success. */
export async function faultOf(response: Response): Promise<Fault> {
	try {
		const { error } = (await response.json()) as {
			error: { code: string; message: string; field?: string; retry_after?: number; request_id?: string };
		};
		const more = { field: error.field, retryAfter: error.retry_after, requestId: error.request_id };
		return new Fault(response.status, error.code, error.message, more);
	} catch {
		return new Fault(response.status, "strange", say(faultWords)("strange", { status: response.status }));
	}
}
