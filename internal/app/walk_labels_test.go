package app_test

// labelBodies are bodies for the operations about labels.
var labelBodies = map[string]string{ //arch:global a table, never written
	"POST /devices/{id}/labels":             `{"name":"Baru","color":2}`,
	"PATCH /devices/{id}/labels/{label_id}": `{"name":"Ganti","color":5}`,
}

// ranks are the deletions that come after the others, because what they delete is needed by those.
var ranks = map[string]int{ //arch:global a table, never written
	"DELETE /members/{id}/sessions":          0,
	"DELETE /members/{id}/second-factor":     0,
	"POST /me/password":                      5,
	"DELETE /devices/{id}/labels/{label_id}": 2,
	"DELETE /messages/{id}":                  2,
	"DELETE /chats/{id}":                     3,
	"DELETE /chats/{id}/messages":            3,
	"DELETE /devices/{id}":                   4,
}
