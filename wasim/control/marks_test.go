package control_test

import (
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

func TestMarksAreMadeAndShown(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani, budi := r.network.Phone("Ani"), r.network.Phone("Budi")
	id := do[object](r, "POST", "/v1/phones/"+budi.Number()+"/messages", object{"to": ani.Number(), "text": "Halo"})["id"].(string)
	if _, err := ani.Await(t.Context(), func(m wasim.Message) bool { return m.ID == id }); err != nil {
		t.Fatal(err)
	}
	base := "/v1/phones/" + ani.Number()
	for _, m := range []object{
		{"kind": "archive", "chat": budi.Number(), "on": true},
		{"kind": "mute", "chat": "0" + budi.Number()[2:], "until": -1},
		{"kind": "star", "id": id, "on": true},
		{"kind": "label", "label": "4", "name": "Lunas", "color": 1},
		{"kind": "label_chat", "chat": budi.Number(), "label": "4", "on": true},
	} {
		do[object](r, "POST", base+"/marks", m)
	}
	do[object](r, "POST", base+"/rotate-app-key", nil)
	do[object](r, "POST", base+"/marks", object{"kind": "unread", "chat": budi.Number(), "on": true})
	c := do[wasim.Chat](r, "GET", base+"/chats/"+budi.Number(), nil)
	if !c.Archived || c.MutedUntil != -1 || !c.MarkedUnread || c.Messages != 1 || !slices.Equal(c.Labels, []string{"4"}) {
		t.Errorf("the chat is %+v", c)
	}
	if all := do[[]wasim.Chat](r, "GET", base+"/chats", nil); len(all) != 1 || all[0].Chat != budi.Number() {
		t.Errorf("the chats are %v", all)
	}
	if l := do[[]wasim.Label](r, "GET", base+"/labels", nil); len(l) != 1 || l[0].Name != "Lunas" {
		t.Errorf("the labels are %v", l)
	}
	do[object](r, "POST", base+"/marks", object{"kind": "delete_message", "id": id})
	r.refused("POST", base+"/marks", `{"kind":"star","id":"`+id+`"}`, 404, "unknown_message")
}

func TestMarksThatAreRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	ani := r.network.Phone("Ani")
	base := "/v1/phones/" + ani.Number()
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		``:   {400, "unreadable_body"},
		`{}`: {422, "invalid_field"},
		`{"kind":"fly","chat":"` + ani.Number() + `"}`:               {422, "invalid_field"},
		`{"kind":"archive"}`:                                         {422, "invalid_field"},
		`{"kind":"archive","chat":"0812"}`:                           {422, "unknown_recipient"},
		`{"kind":"archive","chat":"` + ani.Number() + `","on":"ya"}`: {422, "invalid_field"},
		`{"kind":"mute","chat":"` + ani.Number() + `","until":-2}`:   {422, "invalid_field"},
		`{"kind":"star"}`:                                            {422, "invalid_field"},
		`{"kind":"star","id":"XYZ"}`:                                 {404, "unknown_message"},
		`{"kind":"label","name":"Baru"}`:                             {422, "invalid_field"},
	} {
		r.refused("POST", base+"/marks", body, want.status, want.code)
	}
	r.refused("GET", base+"/chats/0812", "", 422, "unknown_recipient")
	if len(ani.Chats()) != 0 || len(ani.Labels()) != 0 {
		t.Error("a refused mark did something")
	}
}
