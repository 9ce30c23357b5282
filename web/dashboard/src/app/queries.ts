import { QueryCache, QueryClient } from "@tanstack/react-query";
import { Fault } from "@/lib/api/fault";
import { installationKey } from "./installation";
import { meKey, remember, sessionEnded } from "./me";

/** The session is over: everything of it is forgotten, and the frame shows the sign-in. */
function ended(error: unknown): void {
	if (error instanceof Fault && error.status === 401 && client.getQueryData(meKey)) {
		sessionEnded.set(true);
		signedOut();
	}
}

/** What is nobody's own, and stays: who is signed in, and whether the installation is set up. */
const common: unknown[] = [meKey[0], installationKey[0]];

/** Forgets everything of a session that is over. */
export function signedOut(): void {
	client.cancelQueries();
	client.removeQueries({ predicate: (query) => !common.includes(query.queryKey[0]) });
	client.setQueryData(meKey, null);
	remember(null);
}

export const client: QueryClient = new QueryClient({
	queryCache: new QueryCache({ onError: ended }),
	defaultOptions: {
		queries: {
			// Events say when something is new; without them a minute is soon enough.
			staleTime: 60_000,
			retry: (count, error) => error instanceof Fault && error.passing && count < 2,
		},
		mutations: { onError: ended },
	},
});
