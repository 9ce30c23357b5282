package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// broadcastBodies are bodies for the operations about broadcasts.
var broadcastBodies = map[string]string{ //arch:global a table, never written
	"POST /broadcasts":            `{"name":"Promo","device_ids":["<devices>"],"text":"Halo {name=Kak}","audience":{"contact_ids":["<contacts>"]},"draft":true}`,
	"PATCH /broadcasts/{id}":      `{"text":"Hai","device_ids":["<devices>"],"audience":{"contact_ids":["<contacts>"]}}`,
	"POST /broadcasts/{id}/retry": `{"codes":["timeout"]}`,
	"POST /broadcasts/{id}/test":  `{"device_id":"<devices>","numbers":["6281290641111"]}`,
}

// withoutBroadcasts are those that the walk is refused, with the reason: on its way it has cancelled the broadcast first.
var withoutBroadcasts = map[string]string{ //arch:global a table, never written
	"POST /broadcasts/{id}/pause": "broadcast_state", "POST /broadcasts/{id}/resume": "broadcast_state", "POST /broadcasts/{id}/prepare": "broadcast_state",
	"POST /broadcasts/{id}/start": "broadcast_state", "POST /broadcasts/{id}/retry": "broadcast_state", "PATCH /broadcasts/{id}": "broadcast_state",
	"POST /broadcasts/{id}/test": "device_not_linked", "GET /broadcasts/times": "broadcast_repeat",
	"GET /broadcasts/table": "file_not_found",
}

// A series over REST: made, shown with its next times, changed, found again, and ended.
func TestASeriesOverREST(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	call := func(method, path, body string, want int) answer {
		t.Helper()
		a := h.call(method, path, body, "Authorization", "Bearer "+h.first.key)
		if a.status != want {
			t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.status, a.text, want)
		}
		return a
	}
	zone, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		t.Fatal(err)
	}
	tomorrow := time.Now().In(zone).AddDate(0, 0, 1)
	monday := time.Date(tomorrow.Year(), tomorrow.Month(), tomorrow.Day()+(8-int(tomorrow.Weekday()))%7, 9, 0, 0, 0, zone)
	after := func(days int) any { return float64(monday.AddDate(0, 0, days).UnixMilli()) }
	body := func(more string) string {
		return fmt.Sprintf(`{"name":"Promo","device_ids":["%s"],"text":"Halo","audience":{"all":true},"start_at":%d,%s}`, h.first.ids["devices"],
			monday.AddDate(0, 0, -1).UnixMilli(), more)
	}
	made := call("POST", "/broadcasts", body(`"repeat":"FREQ=WEEKLY;BYDAY=MO,TH"`), 201)
	if diff := cmp.Diff([]any{after(0), after(3), after(7)}, made.body["next"]); diff != "" || made.body["start_at"] != after(0) || made.body["series_id"] != made.body["id"] {
		t.Errorf("%s\nthe next times (-want +got):\n%s", made.text, diff)
	}
	id, _ := made.body["id"].(string)
	rule := url.QueryEscape("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=2")
	if diff := cmp.Diff([]any{after(0), after(3)}, call("GET", fmt.Sprintf("/broadcasts/times?start_at=%d&repeat=%s", monday.UnixMilli(), rule), "", 200).body["times"]); diff != "" {
		t.Errorf("the times of %s (-want +got):\n%s", rule, diff)
	}
	changed := call("PATCH", "/broadcasts/"+id, `{"repeat":"FREQ=DAILY;COUNT=2"}`, 200)
	if diff := cmp.Diff([]any{after(0), after(1)}, changed.body["next"]); diff != "" || changed.body["repeat"] != "FREQ=DAILY;COUNT=2" {
		t.Errorf("%s\nchanged (-want +got):\n%s", changed.text, diff)
	}
	if list, _ := call("GET", "/broadcasts?series="+id, "", 200).body["items"].([]any); len(list) != 1 {
		t.Errorf("the series has %d, want 1", len(list))
	}
	if list, _ := h.call("GET", "/broadcasts?series="+id, "", "Authorization", "Bearer "+h.second.key).body["items"].([]any); len(list) != 0 {
		t.Errorf("another workspace sees %v", list)
	}
	once := call("PATCH", "/broadcasts/"+id, `{"repeat":""}`, 200)
	if once.body["repeat"] != nil || once.body["next"] != nil || once.body["series_id"] != nil {
		t.Errorf("it goes once as %s", once.text)
	}
	for repeat, code := range map[string]string{
		"FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2": "broadcast_repeat", "FREQ=DAILY;INTERVAL=99999999999": "broadcast_repeat", "FREQ=HOURLY": "broadcast_repeat",
		"FREQ=DAILY;UNTIL=20200101": "broadcast_repeat_never",
	} {
		if a := call("POST", "/broadcasts", body(fmt.Sprintf(`"repeat":%q`, repeat)), 422); a.code() != code || !strings.Contains(a.text, "Pengulangan") || !strings.Contains(a.text, "repetition") {
			t.Errorf("%s: %s, want %s in both languages", repeat, a.text, code)
		}
	}
	if a := call("PATCH", "/broadcasts/"+id, `{"repeat":"FREQ=DAILY","start_at":0}`, 422); a.code() != "broadcast_repeat_start" {
		t.Errorf("without a start: %s", a.text)
	}
}
