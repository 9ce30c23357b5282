/** Under which keys queries keep what is about broadcasts. */
export const broadcastsKeys = {
	all: ["broadcasts"] as const,
	lists: ["broadcasts", "list"] as const,
	list: (filter: object = {}) => ["broadcasts", "list", filter] as const,
	one: (id: string) => ["broadcasts", "one", id] as const,
	times: (startAt: number, rule: string) => ["broadcasts", "times", startAt, rule] as const,
	failures: (id: string) => ["broadcasts", "failures", id] as const,
	results: (id: string) => ["broadcasts", "results", id] as const,
	recipientsOf: (id: string) => ["broadcasts", "recipients", id] as const,
	recipients: (id: string, filter: object) => ["broadcasts", "recipients", id, filter] as const,
};
