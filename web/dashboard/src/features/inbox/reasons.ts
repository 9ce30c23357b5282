/** What the server's codes mean: why a message did not go, or not yet. Several mean the same to whoever wrote it. */
const meanings = {
	first: ["475", "pace_cold_minute", "pace_cold_hour", "pace_cold_day"],
	restricted: ["restricted"],
	logged_out: ["logged_out"],
	banned: ["banned"],
	not_on_whatsapp: ["not_on_whatsapp", "404"],
	no_address: ["no_address", "incomplete"],
	too_large: ["media_too_large", "413"],
	media_gone: ["media_missing"],
	sticker: ["sticker_not_webp"],
	unsupported: ["unsupported"],
	no_poll: ["poll_unknown"],
	not_in_group: ["not_in_group"],
	not_allowed: ["401", "403"],
	refused: ["400", "405", "406", "479"],
	too_many: ["429"],
	strangers: ["463"],
	connection: ["timeout", "not_connected", "disconnected", "interrupted"],
	no_keys: ["no_session"],
	expired: ["expired"],
	pause: ["pace_gap", "pace_human", "pace_rest"],
	hours: ["pace_hours", "outside_window"],
	day_off: ["pace_day_off", "pace_holiday"],
	history: ["pace_history"],
	stopped: ["pace_stopped"],
	budget: ["pace_warm_minute", "pace_warm_hour", "pace_warm_day"],
	broadcast: ["broadcast_paused"],
	broadcast_over: ["broadcast_cancelled"],
	opted_out: ["opted_out"],
	unknown: ["unknown"],
} as const;

export type Meaning = keyof typeof meanings;

/** What a code means; undefined for one that is not known here. */
export function meaningOf(code: string | undefined): Meaning | undefined {
	return (Object.keys(meanings) as Meaning[]).find((one) => (meanings[one] as readonly string[]).includes(code ?? ""));
}
