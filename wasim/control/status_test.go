package control_test

import (
	"context"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestAStatusIsPostedAndTakenBack(t *testing.T) {
	t.Parallel()
	r := start(t)
	budi, sari := r.network.Phone("Budi"), r.network.Phone("Sari")
	at := "/v1/phones/" + budi.Number() + "/messages"
	do[object](r, "POST", at, object{"to": sari.Number(), "text": "Halo"})
	await := func(match func(wasim.Message) bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), wasimtest.Timeout)
		defer cancel()
		if _, err := sari.Await(ctx, match); err != nil {
			t.Fatal(err)
		}
	}
	await(func(m wasim.Message) bool { return m.Text == "Halo" })
	id, _ := do[object](r, "POST", at, object{"to": wasim.StatusChat, "text": "Liburan"})["id"].(string)
	await(func(m wasim.Message) bool { return m.ID == id && m.Chat == wasim.StatusChat && m.Text == "Liburan" })
	do[object](r, "POST", at, object{"to": wasim.StatusChat, "revoke": id})
	await(func(m wasim.Message) bool { return m.ID == id && m.Status == wasim.StatusRevoked })
}
