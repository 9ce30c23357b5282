package app_test

// saidBodies are good bodies of what is done to messages.
var saidBodies = map[string]string{ //arch:global a table, never written
	"POST /messages/{id}/reactions": `{"emoji":"👍"}`,
	"POST /messages/{id}/edit":      `{"text":"betul"}`,
	"POST /messages/{id}/vote":      `{"options":["Merah"]}`,
	"POST /messages/{id}/forward":   `{"chat_ids":["<chats>"]}`,
	"PUT /chats/{id}/timer":         `{"seconds":86400}`,
	"PUT /messages/{id}/pin":        `{"seconds":86400}`,
}

// saidExcuses: the walk's devices were never linked, and its message is somebody else's text.
var saidExcuses = map[string]string{ //arch:global a table, never written
	"POST /messages/{id}/reactions": "device_not_linked",
	"POST /messages/{id}/edit":      "message_not_own",
	"POST /messages/{id}/vote":      "message_not_poll",
	"POST /messages/{id}/forward":   "device_not_linked",
	"PUT /chats/{id}/timer":         "device_not_linked",
	"PUT /messages/{id}/pin":        "device_not_linked",
	"DELETE /messages/{id}/pin":     "device_not_linked",
	"PUT /messages/{id}/played":     "message_not_sound",
}
