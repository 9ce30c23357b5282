package control_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/wasim"
)

func TestProfilesAreSetAndShown(t *testing.T) {
	t.Parallel()
	r := start(t)
	budi, sari := r.network.Phone("Budi"), r.network.Phone("Sari")
	at := "/v1/phones/" + budi.Number()
	r.refused("GET", at+"/picture", "", http.StatusNotFound, "no_picture")
	jpeg := base64.StdEncoding.EncodeToString([]byte{0xff, 0xd8, 1})
	got := do[wasim.Profile](r, "POST", at+"/profile", object{
		"about": "Sibuk", "picture": jpeg, "business": object{"name": "Kopi Budi"}, "privacy": object{"status": "none"},
	})
	if got.Name != "Budi" || got.About != "Sibuk" || got.PictureID == "" || got.Business.Name != "Kopi Budi" {
		t.Errorf("changed into %+v", got)
	}
	if diff := cmp.Diff(got, do[wasim.Profile](r, "GET", at+"/profile", nil)); diff != "" {
		t.Errorf("shown otherwise than changed:\n%s", diff)
	}
	if status, data := r.raw("GET", at+"/picture", ""); status != 200 || string(data) != "\xff\xd8\x01" {
		t.Errorf("the picture: %d %q", status, data)
	}
	if got := do[wasim.Profile](r, "POST", at+"/profile", object{"picture": ""}); got.PictureID != "" || got.About != "Sibuk" {
		t.Errorf("without the picture: %+v", got)
	}
	do[object](r, "POST", at+"/blocked", object{"who": sari.Number()})
	if got := do[[]string](r, "GET", at+"/blocked", nil); !cmp.Equal(got, []string{sari.Number()}) {
		t.Errorf("blocked: %v", got)
	}
	do[object](r, "POST", at+"/blocked", object{"who": "+" + sari.Number(), "unblock": true})
	if got := do[[]string](r, "GET", at+"/blocked", nil); len(got) != 0 {
		t.Errorf("still blocked: %v", got)
	}
}

func TestBadProfilesAreRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	at := "/v1/phones/" + r.network.Phone("Budi").Number()
	for body, code := range map[string]string{
		``: "unreadable_body", `{"picture":"%%%"}`: "invalid_field", `{"foto":""}`: "invalid_field",
		`{"privacy":{"status":"mungkin"}}`: "invalid_field", `{"privacy":{"x":"none"}}`: "invalid_field",
	} {
		status := http.StatusUnprocessableEntity
		if code == "unreadable_body" {
			status = http.StatusBadRequest
		}
		r.refused("POST", at+"/profile", body, status, code)
	}
	r.refused("POST", at+"/blocked", `{}`, http.StatusUnprocessableEntity, "invalid_field")
	r.refused("POST", at+"/blocked", `{"who":"0812"}`, http.StatusUnprocessableEntity, "not_done")
}
