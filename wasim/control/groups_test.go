package control_test

import (
	"net/http"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

func TestGroupsOverHTTP(t *testing.T) {
	t.Parallel()
	r := start(t)
	budi, ani, sari := r.network.Phone("Budi"), r.network.Phone("Ani"), r.network.Phone("Sari")
	at := "/v1/phones/" + budi.Number() + "/groups"
	g := do[wasim.GroupInfo](r, "POST", at, object{"name": "Arisan", "members": []string{ani.Number()}, "addressing": "phone"})
	if g.Name != "Arisan" || len(g.Members) != 2 || g.Members[0].Role != "superadmin" || g.Addressing != wasim.AddressPhone {
		t.Fatalf("made %+v", g)
	}
	one := at + "/" + g.JID
	id := do[struct{ ID string }](r, "POST", "/v1/phones/"+budi.Number()+"/messages", object{"to": g.JID, "text": "Halo"}).ID
	m, err := ani.Await(t.Context(), func(m wasim.Message) bool { return m.ID == id })
	if err != nil || m.Chat != g.JID || m.From != budi.Number() {
		t.Errorf("Ani got %+v, %v", m, err)
	}
	changed := do[wasim.GroupInfo](r, "POST", one, object{"name": "Arisan 2", "approval": true, "picture": "/9gB"})
	if changed.Name != "Arisan 2" || !changed.Approval || changed.PictureID == "" {
		t.Errorf("changed into %+v", changed)
	}
	joined := do[struct {
		JID   string
		Waits bool
	}](r, "POST", "/v1/phones/"+sari.Number()+"/join-group", object{"link": g.Invite})
	if joined.JID != g.JID || !joined.Waits {
		t.Errorf("joined: %+v, want to wait for %s", joined, g.JID)
	}
	if got := do[wasim.GroupInfo](r, "GET", one, nil); len(got.Requests) != 1 || got.Requests[0] != sari.Number() {
		t.Errorf("waiting: %v, want Sari", got.Requests)
	}
	if got := do[wasim.GroupInfo](r, "POST", one+"/members", object{"action": "approve", "people": []string{sari.Number()}}); len(got.Members) != 3 {
		t.Errorf("after approval: %+v", got.Members)
	}
	if got := do[wasim.GroupInfo](r, "POST", one+"/invite", object{}); got.Invite == g.Invite {
		t.Error("the link is the old one")
	}
	do[object](r, "DELETE", "/v1/phones/"+sari.Number()+"/groups/"+g.JID, nil)
	if got := do[[]wasim.GroupInfo](r, "GET", at, nil); len(got) != 1 || len(got[0].Members) != 2 {
		t.Errorf("Budi's groups: %+v", got)
	}
}

func TestBadGroupsAreRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	budi, ani := r.network.Phone("Budi"), r.network.Phone("Ani")
	at := "/v1/phones/" + budi.Number() + "/groups"
	for body, code := range map[string]string{
		`{}`: "group_refused", `{"name":"x","addressing":"x"}`: "invalid_field", `{"name":1}`: "invalid_field",
		`{"name":"x","members":["0812"]}`: "unknown_recipient",
	} {
		r.refused("POST", at, body, http.StatusUnprocessableEntity, code)
	}
	r.refused("POST", "/v1/phones/"+budi.Number()+"/join-group", `{}`, http.StatusUnprocessableEntity, "invalid_field")
	r.refused("POST", "/v1/phones/"+budi.Number()+"/join-group", `{"link":"never"}`, http.StatusUnprocessableEntity, "group_refused")
	r.refused("GET", at+"/1", "", http.StatusNotFound, "unknown_group")
	g := do[wasim.GroupInfo](r, "POST", at, object{"name": "Arisan", "members": []string{ani.Number()}})
	r.refused("POST", at+"/"+g.JID+"/members", `{"action":"marry","people":["1"]}`, http.StatusUnprocessableEntity, "invalid_field")
	r.refused("POST", at+"/"+g.JID+"/members", `{"action":"add"}`, http.StatusUnprocessableEntity, "invalid_field")
	r.refused("POST", at+"/"+g.JID, `{"colour":"red"}`, http.StatusUnprocessableEntity, "invalid_field")
	r.refused("POST", "/v1/phones/"+ani.Number()+"/groups/"+g.JID, `{"announce":true}`, http.StatusUnprocessableEntity, "group_refused")
}
