/** What is shown of a contact card. */
export interface CardInfo {
	name: string;
	/** Digits with country code, as far as the card has them. */
	phones: string[];
	/** How many more numbers it has. */
	more: number;
}

/** How many numbers of a card are shown, and how many digits one may have. */
const mostPhones = 5;
const mostDigits = 20;

/** Reads the name and the first numbers out of a vCard (RFC 2426). What is no vCard has neither. */
export function cardOf(vcard: string): CardInfo {
	const info: CardInfo = { name: "", phones: [], more: 0 };
	const seen = new Set<string>();
	for (const line of vcard
		.slice(0, 32_768)
		.replace(/\r?\n[ \t]/g, "")
		.split(/\r?\n/)) {
		const colon = line.indexOf(":");
		if (colon < 0) continue;
		const head = line.slice(0, colon).toUpperCase();
		const value = line.slice(colon + 1).trim();
		const name = head.split(";")[0]?.replace(/^ITEM\d+\./, "");
		if (name === "FN") info.name = value.replace(/\\([,;\\])/g, "$1");
		if (name === "TEL") {
			const waid = /WAID=(\d{5,20})/.exec(head)?.[1];
			const digits = waid ?? value.replace(/\D/g, "");
			if (!digits || digits.length > mostDigits || seen.has(digits)) continue;
			seen.add(digits);
			if (info.phones.length < mostPhones) info.phones.push(digits);
			else info.more++;
		}
	}
	return info;
}
