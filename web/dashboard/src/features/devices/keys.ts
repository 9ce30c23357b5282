/** Under which keys queries keep what is about devices. */
export const devicesKeys = {
	all: ["devices"] as const,
	list: (filter: object = {}) => ["devices", "list", filter] as const,
	one: (id: string) => ["devices", "one", id] as const,
	change: (id: string) => ["devices", "change", id] as const,
	link: (id: string) => ["devices", "link", id] as const,
	standing: (id: string) => ["devices", "standing", id] as const,
	pace: (id: string) => ["devices", "pace", id] as const,
	statuses: (id: string) => ["statuses", id] as const,
	/** Apart from the others: each event of a device would have WhatsApp asked anew. */
	privacy: (id: string) => ["privacy", id] as const,
	history: (id: string) => ["devices", "history", id] as const,
	deliveries: (id: string, state: string) => ["deliveries", "device", id, state] as const,
};
