package app_test

// contactBodies are bodies for the operations about what is kept about contacts.
var contactBodies = map[string]string{ //arch:global a table, never written
	"POST /tags":                        `{"name":"Baru","color":"#16a34a"}`,
	"PATCH /tags/{id}":                  `{"name":"Ganti"}`,
	"POST /contact-fields":              `{"name":"Ukuran","kind":"choice","choices":["S","M"]}`,
	"PATCH /contact-fields/{id}":        `{"name":"Ganti"}`,
	"POST /segments":                    `{"name":"Baru","filter":"not opted_out and last_message > -30d"}`,
	"PATCH /segments/{id}":              `{"name":"Ganti"}`,
	"POST /segments/preview":            `{"tree":{"op":"and","args":[{"op":"is","on":"opted_out"}]}}`,
	"PUT /contacts/{id}/consent":        `{"state":"in","why":"di kasir"}`,
	"POST /contacts/{id}/merge":         `{"into":"<spare>"}`,
	"POST /contacts/{id}/merge/preview": `{"into":"<spare>"}`,
	"POST /contacts/{id}/erase":         `{"name":"Siapa"}`,
	"POST /imports/{id}/preview":        `{"channel":"<channel>","tag_ids":["<tags>"]}`,
	"POST /imports/{id}/start":          `{"channel":"<channel>","tag_ids":["<tags>"]}`,
	"POST /contacts/tags":               `{"contact_ids":["<contacts>"],"add_tags":["<tags>"]}`,
}

// stockContacts gives a shop what its contacts carry.
func stockContacts(h *house, s *shop, post func(path, body string) string) {
	s.ids["tags"] = post("/tags", `{"name":"langganan"}`)
	s.ids["contact-fields"] = post("/contact-fields", `{"name":"Kota","kind":"text"}`)
	s.ids["spare"] = post("/contacts", `{"name":"Sari Lagi","phone":"6281290644444","channel":"`+h.Channel()+`"}`)
	body, kind := form("pelanggan.csv", []byte("Nama,No HP\nTono,081290645555\n"))
	s.ids["imports"], _ = h.call("POST", "/imports", body, "Authorization", "Bearer "+s.key, "Content-Type", kind).body["id"].(string)
	s.ids["segments"] = post("/segments", `{"name":"Semua","filter":"named"}`)
}

// withoutContacts are those that the walk is refused, with the reason: the name to confirm is another one on purpose, since
// what is erased is needed afterwards; the file has no rows; the import has been cancelled and the two contacts merged before.
var withoutContacts = map[string]string{ //arch:global a table, never written
	"POST /contacts/{id}/erase":         "confirmation_wrong",
	"POST /contacts/{id}/merge/preview": "merge_with_itself",
	"POST /imports":                     "import_empty",
	"POST /imports/{id}/start":          "import_state",
}
