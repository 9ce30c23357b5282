import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";

/** What a browser gives a page that subscribes. */
export interface Subscription {
	endpoint: string;
	keys: { p256dh: string; auth: string };
}

/** A push service with one browser: it opens what is encrypted for that browser (RFC 8188 and 8291), and nothing else. */
export class PushServer {
	private readonly ecdh = createECDH("prime256v1");
	private readonly auth = randomBytes(16);
	private readonly waiting: ((text: string) => void)[] = [];
	private readonly kept: string[] = [];
	/** What is answered instead of taking it, such as 410. */
	refuse = 0;

	private constructor(
		private readonly server: Server,
		readonly url: string,
	) {
		this.ecdh.generateKeys();
	}

	static start(): Promise<PushServer> {
		return new Promise((resolve) => {
			const server = createServer((request, response) => {
				const parts: Buffer[] = [];
				request.on("data", (part) => parts.push(part));
				request.on("end", () => {
					const refused = one.refuse;
					response.writeHead(refused || 201).end();
					if (!refused) one.take(Buffer.concat(parts));
				});
			});
			let one: PushServer;
			server.listen(0, "127.0.0.1", () => {
				const { port } = server.address() as { port: number };
				one = new PushServer(server, `http://127.0.0.1:${port}`);
				resolve(one);
			});
		});
	}

	get subscription(): Subscription {
		return {
			endpoint: `${this.url}/push/1`,
			keys: { p256dh: this.ecdh.getPublicKey("base64url"), auth: this.auth.toString("base64url") },
		};
	}

	private take(body: Buffer): void {
		const text = this.open(body);
		const first = this.waiting.shift();
		if (first) first(text);
		else this.kept.push(text);
	}

	private open(body: Buffer): string {
		const salt = body.subarray(0, 16);
		const theirs = body.subarray(21, 21 + (body[20] ?? 0));
		const sealed = body.subarray(21 + theirs.length);
		const hkdf = (key: Buffer, over: Buffer, info: Buffer, length: number) =>
			Buffer.from(hkdfSync("sha256", key, over, info, length));
		const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.ecdh.getPublicKey(), theirs]);
		const key = hkdf(this.ecdh.computeSecret(theirs), this.auth, info, 32);
		const content = hkdf(key, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
		const nonce = hkdf(key, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
		const decipher = createDecipheriv("aes-128-gcm", content, nonce);
		decipher.setAuthTag(sealed.subarray(-16));
		const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
		return plain.subarray(0, plain.lastIndexOf(2)).toString("utf8");
	}

	/** The next push, as the browser would get it. */
	next(): Promise<string> {
		const kept = this.kept.shift();
		return kept !== undefined ? Promise.resolve(kept) : new Promise((resolve) => this.waiting.push(resolve));
	}

	stop(): void {
		this.server.close();
		this.server.closeAllConnections();
	}
}
