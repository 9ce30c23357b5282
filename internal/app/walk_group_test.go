package app_test

// walkGroup is a group that no device of the walk can reach.
const walkGroup = "120363303315871698@g.us"

// groupBodies are bodies for the operations about groups.
var groupBodies = map[string]string{ //arch:global a table, never written
	"PUT /devices/{id}/pace":                     `{"preset":"bold","warm":{"minute":5,"hour":50,"day":200}}`,
	"POST /devices/{id}/groups":                  `{"name":"Reseller","members":["081290641111"]}`,
	"POST /devices/{id}/groups/join":             `{"invite":"https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"}`,
	"PATCH /devices/{id}/groups/{group}":         `{"name":"Ganti"}`,
	"PUT /devices/{id}/groups/{group}/picture":   `{"file_id":"<files>"}`,
	"POST /devices/{id}/groups/{group}/members":  `{"action":"add","members":["081290641111"]}`,
	"POST /devices/{id}/groups/{group}/requests": `{"action":"approve","members":["081290641111"]}`,
}

// withoutGroups are those that need a network, with what they are refused with where none answers.
var withoutGroups = map[string]string{ //arch:global a table, never written
	"GET /devices/{id}/groups":                       "device_not_linked",
	"POST /devices/{id}/groups":                      "device_not_linked",
	"POST /devices/{id}/groups/join":                 "device_not_linked",
	"GET /devices/{id}/groups/preview":               "device_not_linked",
	"GET /devices/{id}/groups/{group}":               "device_not_linked",
	"PATCH /devices/{id}/groups/{group}":             "device_not_linked",
	"DELETE /devices/{id}/groups/{group}":            "device_not_linked",
	"PUT /devices/{id}/groups/{group}/picture":       "picture_unreadable",
	"DELETE /devices/{id}/groups/{group}/picture":    "device_not_linked",
	"POST /devices/{id}/groups/{group}/members":      "device_not_linked",
	"GET /devices/{id}/groups/{group}/invite":        "device_not_linked",
	"POST /devices/{id}/groups/{group}/invite/reset": "device_not_linked",
	"GET /devices/{id}/groups/{group}/requests":      "device_not_linked",
	"POST /devices/{id}/groups/{group}/requests":     "device_not_linked",
}
