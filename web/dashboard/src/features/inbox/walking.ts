let walked: string | undefined;

/** Notes that a key went on to a chat: the next key goes on from there, so nothing is written yet. */
export function walkTo(chat: string): void {
	walked = chat;
}

/** Whether a key went on to this chat just now; it is asked once, when the chat is shown. */
export function arrivedWalking(chat: string): boolean {
	const yes = walked === chat;
	walked = undefined;
	return yes;
}
