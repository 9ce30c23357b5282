package control_test

import (
	"net/http"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

func TestNewslettersAreWrittenAndFollowed(t *testing.T) {
	t.Parallel()
	r := start(t)
	budi, sari := "/v1/phones/"+r.network.Phone("Budi").Number(), "/v1/phones/"+r.network.Phone("Sari").Number()
	made := do[object](r, "POST", budi+"/newsletters", object{"name": "Kabar", "description": "Tiap hari"})
	at := "/newsletters/" + made["id"].(string)
	do[object](r, "POST", sari+at+"/follow", nil)
	do[object](r, "POST", budi+at+"/messages", object{"text": "Halo"})
	if posts := do[[]wasim.NewsletterPost](r, "GET", sari+at+"/messages", nil); len(posts) != 1 || posts[0].Text != "Halo" {
		t.Errorf("Sari sees %+v", posts)
	}
	if list := do[[]string](r, "GET", sari+"/newsletters", nil); len(list) != 1 || list[0] != made["id"] {
		t.Errorf("Sari follows %v", list)
	}
	r.refused("POST", sari+at+"/messages", `{"text":"x"}`, http.StatusUnprocessableEntity, "not_done")
	r.refused("POST", budi+at+"/messages", `{}`, http.StatusUnprocessableEntity, "invalid_field")
	r.refused("POST", budi+"/newsletters", `{"name":""}`, http.StatusUnprocessableEntity, "not_done")
	r.refused("POST", sari+"/newsletters/1/follow", "", http.StatusNotFound, "unknown_newsletter")
	r.refused("GET", sari+"/newsletters/1/messages", "", http.StatusNotFound, "unknown_newsletter")
}
