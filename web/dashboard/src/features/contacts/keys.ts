/** Under which keys queries keep what is about contacts. */
export const contactsKeys = {
	all: ["contacts"] as const,
	list: (filter: object = {}) => ["contacts", "list", filter] as const,
	count: (filter: object = {}) => ["contacts", "count", filter] as const,
	one: (id: string) => ["contacts", "one", id] as const,
	consents: (id: string) => ["contacts", "consents", id] as const,
	duplicates: ["contacts", "duplicates"] as const,
	merge: (gone: string, kept: string) => ["contacts", "merge", gone, kept] as const,
	merges: (id: string) => ["contacts", "merges", id] as const,
	tags: ["tags", "list"] as const,
	fields: ["contact-fields", "list"] as const,
	segments: ["segments", "list"] as const,
	imports: ["imports", "list"] as const,
	import: (id: string) => ["imports", "one", id] as const,
};
