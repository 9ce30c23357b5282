package app_test

// walkNewsletter stands for a newsletter of the network in paths.
const walkNewsletter = "120363144038483540@newsletter"

// peopleBodies are bodies for the operations about people, calls, newsletters and status updates.
var peopleBodies = map[string]string{ //arch:global a table, never written
	"POST /devices/{id}/lookup":         `{"phones":["081290641111"]}`,
	"POST /contacts/{id}/block":         `{"device_id":"<devices>"}`,
	"PUT /contacts/{id}/address-book":   `{"device_id":"<devices>","name":"Sari Toko"}`,
	"PATCH /devices/{id}/profile":       `{"about":"Buka"}`,
	"PUT /devices/{id}/profile/picture": `{"file_id":"<files>"}`,
	"PUT /devices/{id}/presence":        `{"presence":"online"}`,
	"PATCH /devices/{id}/privacy":       `{"last_seen":"contacts"}`,
	"POST /contacts/{id}/presence":      `{"device_id":"<devices>"}`,

	"POST /chats/{id}/typing":                               `{"activity":"typing"}`,
	"POST /devices/{id}/newsletters":                        `{"name":"Promo"}`,
	"POST /devices/{id}/newsletters/follow":                 `{"newsletter":"120363144038483540@newsletter"}`,
	"POST /devices/{id}/newsletters/{newsletter}/messages":  `{"text":"Diskon","file_id":"<files>"}`,
	"POST /devices/{id}/newsletters/{newsletter}/reactions": `{"number":100,"emoji":"👍"}`,
	"POST /devices/{id}/status-updates":                     `{"text":"Buka","file_id":"<files>"}`,
}

// withoutPeople are those that need a network, with what they are refused with where none answers.
var withoutPeople = map[string]string{ //arch:global a table, never written
	"POST /devices/{id}/lookup":              "device_not_linked",
	"GET /contacts/{id}/profile":             "device_not_linked",
	"GET /contacts/{id}/picture":             "picture_not_set",
	"POST /contacts/{id}/block":              "device_not_linked",
	"DELETE /contacts/{id}/block":            "device_not_linked",
	"PUT /contacts/{id}/address-book":        "device_not_linked",
	"DELETE /contacts/{id}/address-book":     "device_not_linked",
	"GET /devices/{id}/blocked":              "device_not_linked",
	"GET /devices/{id}/profile":              "device_not_linked",
	"PATCH /devices/{id}/profile":            "device_not_linked",
	"PUT /devices/{id}/profile/picture":      "picture_unreadable",
	"DELETE /devices/{id}/profile/picture":   "device_not_linked",
	"PUT /devices/{id}/presence":             "device_not_linked",
	"POST /devices/{id}/calls/{call}/reject": "call_not_found",
	"GET /devices/{id}/privacy":              "device_not_linked",
	"PATCH /devices/{id}/privacy":            "device_not_linked",
	"POST /contacts/{id}/presence":           "device_not_linked",

	"POST /chats/{id}/typing":                                            "device_not_linked",
	"GET /devices/{id}/newsletters":                                      "device_not_linked",
	"POST /devices/{id}/newsletters":                                     "device_not_linked",
	"POST /devices/{id}/newsletters/follow":                              "device_not_linked",
	"GET /devices/{id}/newsletters/{newsletter}":                         "device_not_linked",
	"DELETE /devices/{id}/newsletters/{newsletter}":                      "device_not_linked",
	"GET /devices/{id}/newsletters/{newsletter}/messages":                "device_not_linked",
	"POST /devices/{id}/newsletters/{newsletter}/messages":               "device_not_linked",
	"POST /devices/{id}/newsletters/{newsletter}/reactions":              "device_not_linked",
	"PUT /devices/{id}/newsletters/{newsletter}/mute":                    "device_not_linked",
	"DELETE /devices/{id}/newsletters/{newsletter}/mute":                 "device_not_linked",
	"GET /devices/{id}/newsletters/{newsletter}/messages/{number}/media": "device_not_linked",
	"POST /devices/{id}/status-updates":                                  "device_not_linked",
	"GET /devices/{id}/status-updates/{update}/media":                    "status_without_media",
	"DELETE /devices/{id}/status-updates/{update}":                       "status_not_own",
}

// excuse is the code with which an operation may be refused to a friend, if it may.
func excuse(o operation) (code string, ok bool) {
	if code, ok = excused[o.String()]; !ok {
		code, ok = withoutPeople[o.String()]
	}
	if !ok {
		code, ok = withoutGroups[o.String()]
	}
	if !ok {
		code, ok = withoutContacts[o.String()]
	}
	if !ok {
		code, ok = saidExcuses[o.String()]
	}
	if !ok {
		code, ok = deskExcuses[o.String()]
	}
	if !ok {
		code, ok = withoutBroadcasts[o.String()]
	}
	return code, ok
}
