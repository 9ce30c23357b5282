package control_test

import (
	"net/http"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

func TestCallsAreMadeAndEnded(t *testing.T) {
	t.Parallel()
	r := start(t)
	budi, sari := r.network.Phone("Budi"), r.network.Phone("Sari")
	at := "/v1/phones/" + budi.Number() + "/calls"
	made := do[object](r, "POST", at, object{"to": sari.Number(), "video": true})
	id, _ := made["id"].(string)
	calls := do[[]wasim.Call](r, "GET", "/v1/phones/"+sari.Number()+"/calls", nil)
	if len(calls) != 1 || calls[0].ID != id || calls[0].From != budi.Number() || !calls[0].Video || calls[0].State != wasim.CallRinging {
		t.Errorf("Sari's calls: %+v", calls)
	}
	do[object](r, "DELETE", at+"/"+id, nil)
	if calls := do[[]wasim.Call](r, "GET", at, nil); calls[0].State != wasim.CallEnded {
		t.Errorf("after hanging up: %+v", calls)
	}
	r.refused("DELETE", at+"/"+id, "", http.StatusUnprocessableEntity, "not_done")
	r.refused("POST", at, `{}`, http.StatusUnprocessableEntity, "invalid_field")
	r.refused("POST", at, `{"to":"0812"}`, http.StatusUnprocessableEntity, "unknown_recipient")
	r.refused("POST", at, `{"ke":"0812"}`, http.StatusUnprocessableEntity, "invalid_field")
}
