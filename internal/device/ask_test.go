package device_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// awaitLinkStep waits for a step of linking over HTTP.
func awaitLinkStep(t *testing.T, get func() map[string]any, want func(map[string]any) bool) map[string]any {
	t.Helper()
	var step map[string]any
	devicetest.Eventually(t, func() bool { step = get(); return want(step) }, func() string { return fmt.Sprintf("the step stays %v", step) })
	return step
}

func asks(kind string) func(map[string]any) bool {
	return func(step map[string]any) bool {
		ask, _ := step["ask"].(map[string]any)
		return step["step"] == "ask" && ask["kind"] == kind && ask["id"] != "" && ask["en"] != ""
	}
}

func TestAGatedAccountIsLinkedByAnswers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.net.Gate("right")
		devicetest.Serve(t, h.Service)
		s := served(t, h.Service)
		_, made := call(t, s, "w", "POST", "/devices", `{"channel":"loopback","name":"Kasir"}`)
		path := fmt.Sprintf("/devices/%v/link", made["id"])
		refuse := func(body string, status int, code string) {
			t.Helper()
			got, out := call(t, s, "w", "POST", path+"/answer", body)
			if said, _ := out["error"].(map[string]any); got != status || said["code"] != code {
				t.Errorf("%.60s: %d %v, want %d %s", body, got, out, status, code)
			}
		}
		refuse(`{"code":"x"}`, http.StatusNotFound, "link_not_started")
		_, step := call(t, s, "w", "POST", path, `{"method":"qr"}`)
		refuse(`{"code":"x"}`, http.StatusConflict, "link_not_asked")
		if err := h.net.Scan(wait(t), step["code"].(string), device.Account{Number: "62811"}); err != nil {
			t.Fatal(err)
		}
		get := func() map[string]any { _, step := call(t, s, "w", "GET", path, ""); return step }
		awaitLinkStep(t, get, asks("passkey"))
		for _, bad := range []string{`{}`, `{"code":"ABCD-EFGH"}`, `{"passkey":"text"}`, `{"passkey":[]}`, `{"passkey":{}}`, `{"passkey":null}`} {
			refuse(bad, http.StatusUnprocessableEntity, "passkey_invalid")
		}
		refuse(`{"passkey":{"x":"`+strings.Repeat("a", 65<<10)+`"}}`, http.StatusUnprocessableEntity, "passkey_invalid")
		refuse(`{"passkey":{"answer":"wrong"}}`, http.StatusBadGateway, "network_refused")
		awaitLinkStep(t, get, asks("passkey"))
		status, step := call(t, s, "w", "POST", path+"/answer", `{"passkey":{"answer":"right"}}`)
		if status != http.StatusOK || !asks("confirm")(step) || step["code"] != devicetest.GateCode {
			t.Fatalf("after the right answer: %d %v, want to be asked to confirm %s", status, step, devicetest.GateCode)
		}
		refuse(`{"code":"ABCD-EFGX"}`, http.StatusUnprocessableEntity, "link_code_wrong")
		refuse(`{"code":""}`, http.StatusUnprocessableEntity, "link_code_wrong")
		if status, step = call(t, s, "w", "POST", path+"/answer", `{"code":"abcd efgh"}`); status != http.StatusOK {
			t.Fatalf("the right code: %d %v", status, step)
		}
		awaitLinkStep(t, get, func(step map[string]any) bool { return step["step"] == "done" })
		refuse(`{"code":"ABCD-EFGH"}`, http.StatusNotFound, "link_not_started")
	})
}

// Only who manages devices may answer, and only for the own workspace.
func TestWhoMayAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	devicetest.Serve(t, h.Service)
	s := served(t, h.Service)
	_, made := call(t, s, "w", "POST", "/devices", `{"channel":"loopback","name":"Kasir"}`)
	path := fmt.Sprintf("/devices/%v/link/answer", made["id"])
	for who, want := range map[string]int{"": 401, "agent of w": 403, "other": 404} {
		if got, out := call(t, s, who, "POST", path, `{"code":"x"}`); got != want {
			t.Errorf("as %q: %d %v, want %d", who, got, out, want)
		}
	}
}
