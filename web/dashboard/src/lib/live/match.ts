/** Whether a type of events is meant by a pattern: itself, "noun.*", or "*". */
export function matches(pattern: string, type: string): boolean {
	if (pattern === "*" || pattern === type) return true;
	return pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1));
}
