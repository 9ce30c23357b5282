package app_test

import (
	"fmt"
	"time"
)

// deskBodies are bodies for the operations about who works on what.
var deskBodies = map[string]string{ //arch:global a table, never written
	"POST /teams":                `{"name":"Kasir","member_ids":["<members>"]}`,
	"PATCH /teams/{id}":          `{"name":"Gudang dua","member_ids":["<members>"]}`,
	"PUT /chats/{id}/assignee":   `{"member_id":"<members>","team_id":"<teams>"}`,
	"PUT /chats/{id}/status":     fmt.Sprintf(`{"status":"snoozed","until":%d}`, time.Now().Add(time.Hour).UnixMilli()),
	"POST /chats/{id}/notes":     `{"text":"cek dulu","mentions":["<members>"]}`,
	"PATCH /notes/{id}":          `{"text":"sudah","mentions":["<members>"]}`,
	"POST /mentions/read":        `{"chat_id":"<chats>"}`,
	"PUT /chats/{id}/draft":      `{"text":"Halo kak"}`,
	"PUT /chats/{id}/presence":   `{"doing":"typing"}`,
	"POST /chats/{id}/scheduled": fmt.Sprintf(`{"text":"besok","file_id":"<files>","send_at":%d}`, time.Now().Add(time.Hour).UnixMilli()),
	"PATCH /scheduled/{id}":      `{"message":{"text":"lusa"},"cancel_on_reply":true}`,
	"POST /views":                `{"name":"Punyaku","filter":{"assignee":"me"}}`,
	"PUT /views/order":           `{"ids":["<views>"]}`,
	"PATCH /views/{id}":          `{"name":"Punya kita","shared":true}`,
}

// deskExcuses are what an API key is refused, as it is nobody who looks or writes, and what the shop's message is: theirs.
var deskExcuses = map[string]string{ //arch:global a table, never written
	"POST /mentions/read": "members_only", "PUT /chats/{id}/draft": "members_only", "PUT /chats/{id}/presence": "members_only",
	"PUT /views/order":          "members_only",
	"POST /messages/{id}/retry": "message_not_sent_here", "POST /messages/{id}/cancel": "message_not_sent_here",
}

// stockDesk puts in what working together needs.
func (s *shop) stockDesk(post func(path, body string) string) {
	s.ids["teams"] = post("/teams", `{"name":"Gudang"}`)
}

// stockNotes puts in what is kept beside the chat that the shop has.
func (s *shop) stockNotes(post func(path, body string) string) {
	s.ids["notes"] = post("/chats/"+s.ids["chats"]+"/notes", `{"text":"catatan"}`)
	s.ids["scheduled"] = post("/chats/"+s.ids["chats"]+"/scheduled", fmt.Sprintf(`{"text":"besok","send_at":%d}`, time.Now().Add(time.Hour).UnixMilli()))
	s.ids["views"] = post("/views", `{"name":"Semua","shared":true}`)
}
