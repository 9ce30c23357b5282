/** Under which keys queries keep what is about rules. */
export const rulesKeys = {
	all: ["rules"] as const,
	list: (filter: object = {}) => ["rules", "list", filter] as const,
	one: (id: string) => ["rules", "one", id] as const,
};
