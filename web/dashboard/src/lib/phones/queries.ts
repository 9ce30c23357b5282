import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { at, type News, onNetwork, type Phone, type PhoneMessage, type Sight } from "./network";

/** Under which keys queries keep what is of the simulated network. */
export const networkKeys = {
	all: ["network"] as const,
	phones: () => ["network", "phones"] as const,
	phone: (number: string) => ["network", "phone", number] as const,
	groups: (number: string) => ["network", "groups", number] as const,
};

/** The phones of the network, in the order in which they were made. */
export function usePhones(enabled = true) {
	return useQuery({
		queryKey: networkKeys.phones(),
		queryFn: ({ signal }) => onNetwork<Phone[]>("GET", "/phones", undefined, signal),
		enabled,
	});
}

/** Makes a phone; the network gives it a number. */
export function useAddPhone() {
	const client = useQueryClient();
	return useMutation({
		mutationFn: (name: string) => onNetwork<Phone>("POST", "/phones", { name: cut(name) }),
		onSuccess: (phone) => {
			client.setQueryData<Phone[]>(networkKeys.phones(), (old) => old && [...old, phone]);
		},
	});
}

/** Names have 25 characters at most there. */
export function cut(name: string): string {
	return [...name.trim()].slice(0, 25).join("") || "Toko";
}

/** What a phone has, and up to where that was told. */
export interface PhoneState {
	next: string;
	/** In the order in which they came. */
	messages: PhoneMessage[];
	seen: Record<string, Sight>;
}

/** What a phone has after news. */
export function withNews(old: PhoneState | undefined, news: News): PhoneState {
	const base = news.all || !old ? { messages: [], seen: {} } : old;
	const fresh = new Map(news.messages.map((m) => [m.seq, m]));
	const kept = base.messages.filter((m) => !fresh.has(m.seq));
	const messages =
		fresh.size === 0
			? base.messages
			: [...kept, ...fresh.values()].filter((m) => !m.deleted).sort((a, b) => a.seq - b.seq);
	const seen = { ...base.seen };
	for (const sight of news.seen) seen[sight.who] = sight;
	return { next: news.next, messages, seen };
}

/** How many messages are asked for at a time. */
const most = 500;

/** What is on a phone; it is read on from where it was when the network says that something is new. */
export function usePhoneState(number: string) {
	const client = useQueryClient();
	return useQuery({
		queryKey: networkKeys.phone(number),
		queryFn: async ({ signal }) => {
			let state = client.getQueryData<PhoneState>(networkKeys.phone(number));
			for (;;) {
				const from: string = state ? `&after=${encodeURIComponent(state.next)}` : "";
				const news = await onNetwork<News>("GET", at(number, `/changes?limit=${most}${from}`), undefined, signal);
				state = withNews(state, news);
				if (news.all || news.messages.length < most) return state;
			}
		},
		staleTime: 0,
	});
}

/** The groups that a phone is in, by their address. */
export function useGroups(number: string, enabled: boolean) {
	return useQuery({
		queryKey: networkKeys.groups(number),
		queryFn: ({ signal }) =>
			onNetwork<{ jid: string; name: string }[]>("GET", at(number, "/groups"), undefined, signal),
		enabled,
	});
}
