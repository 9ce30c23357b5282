/** What the server sends for navigator.credentials, as far as it is ours to know. */
interface Sent<T> {
	publicKey: T;
}

/** Whether this browser, at this address, can use passkeys. Addresses without https can't, localhost apart. */
export function passkeysHere(): boolean {
	return typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Asks for a passkey that is there; undefined when the person turned it down. Options are the server's. */
export async function askPasskey(options: unknown): Promise<Record<string, unknown> | undefined> {
	const { publicKey } = options as Sent<PublicKeyCredentialRequestOptionsJSON>;
	return answerOf(navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }));
}

/** Makes a passkey; undefined when the person turned it down. Options are the server's. */
export async function makePasskey(options: unknown): Promise<Record<string, unknown> | undefined> {
	const { publicKey } = options as Sent<PublicKeyCredentialCreationOptionsJSON>;
	return answerOf(
		navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) }),
	);
}

async function answerOf(asked: Promise<Credential | null>): Promise<Record<string, unknown> | undefined> {
	try {
		const credential = await asked;
		if (!(credential instanceof PublicKeyCredential)) return undefined;
		return credential.toJSON() as unknown as Record<string, unknown>;
	} catch (error) {
		// The browser says no more than this, whether it was turned down or took too long.
		if (error instanceof DOMException) return undefined;
		throw error;
	}
}
