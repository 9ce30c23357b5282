/** Under which keys queries keep what is about chats. */
export const chatKeys = {
	all: ["chats"] as const,
	lists: ["chats", "list"] as const,
	list: (filter: object = {}) => ["chats", "list", filter] as const,
	one: (id: string) => ["chats", "one", id] as const,
	counts: ["chats", "counts"] as const,
};

/** Under which keys queries keep messages. A thread is a stretch around a message, or the one at the end. */
export const messageKeys = {
	all: ["messages"] as const,
	chat: (chat: string) => ["messages", chat] as const,
	thread: (chat: string, around = "") => ["messages", chat, around] as const,
};
