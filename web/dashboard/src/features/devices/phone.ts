/** A number as people write it here, as digits with the country code: 0812-9064-1111 is 6281290641111. */
export function phoneOf(text: string): string {
	const digits = text.replace(/[^\d+]/g, "");
	if (digits.startsWith("0")) return `62${digits.slice(1)}`;
	return digits.startsWith("8") ? `62${digits}` : digits.replaceAll("+", "");
}
