/** Under which keys queries keep what the settings show. */
export const memberKeys = { all: ["members"] as const, list: ["members", "list", {}] as const };
export const invitationKeys = { list: ["invitations", "list", {}] as const };
export const teamKeys = { all: ["teams"] as const, list: ["teams", "list", {}] as const };
export const labelKeys = { all: ["labels"] as const, list: (device: string) => ["labels", "list", device] as const };
export const apiKeyKeys = { list: ["api-keys", "list", {}] as const };
export const sessionKeys = { list: ["sessions", "list", {}] as const };
export const secondFactorKeys = { mine: ["second-factor"] as const };
export const workspaceKeys = { mine: ["workspace"] as const };
export const takeoutKeys = { list: ["takeouts", "list", {}] as const };
export const closingKeys = { mine: ["closing"] as const };
export const auditKeys = { list: (filter: object) => ["audit", "list", filter] as const };
export const webhookKeys = {
	list: ["webhooks", "list", {}] as const,
	types: ["webhooks", "types"] as const,
	deliveries: (id: string, state?: string) => ["webhooks", "deliveries", id, state ?? ""] as const,
	deliveriesOf: (id: string) => ["webhooks", "deliveries", id] as const,
};
export const bellKeys = { all: ["bell"] as const, mine: ["bell", "mine"] as const };
