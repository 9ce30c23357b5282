/** Under which keys queries keep what is about templates. */
export const templatesKeys = {
	all: ["templates"] as const,
	list: (filter: object = {}) => ["templates", "list", filter] as const,
	one: (id: string) => ["templates", "one", id] as const,
};
