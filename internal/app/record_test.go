package app_test

import (
	"slices"
	"strings"
	"testing"
)

// What is done over the API stands in the audit log and in the event log, with who did it.
func TestDeedsAreWrittenDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.first
	for _, call := range [][3]string{
		{"PATCH", "/workspace", `{"timezone":"Asia/Makassar","settings":{"turn_idle_minutes":7}}`},
		{"PATCH", "/devices/" + s.ids["devices"], `{"name":"Gudang"}`},
		{"PUT", "/devices/" + s.ids["devices"] + "/pace", `{"preset":"cautious"}`},
		{"DELETE", "/devices/" + s.ids["devices"], ""},
		{"PATCH", "/webhooks/" + s.ids["webhooks"], `{"enabled":false}`},
		{"DELETE", "/webhooks/" + s.ids["webhooks"], ""},
		{"PATCH", "/members/" + s.ids["members"], `{"role":"admin"}`},
		{"DELETE", "/members/" + s.ids["members"], ""},
		{"POST", "/api-keys", `{"name":"k","scopes":["read"]}`},
		{"DELETE", "/api-keys/" + s.ids["api-keys"], ""},
	} {
		if a := h.call(call[0], call[1], call[2], "Cookie", s.owner); a.status >= 300 {
			t.Fatalf("%s %s: %d %s", call[0], call[1], a.status, a.text)
		}
	}
	audited, times := map[string]object{}, map[string]int{}
	for _, item := range h.call("GET", "/audit-log?limit=200", "", "Cookie", s.owner).items() {
		e := item.(object)
		deed := e["deed"].(string)
		times[deed]++
		if audited[deed] == nil { // the newest
			audited[deed] = e
		}
	}
	for _, deed := range []string{
		"workspace.changed", "device.changed", "device.deleted", "webhook.changed", "webhook.deleted", "member.role", "member.removed",
		"api_key.made", "api_key.revoked", "invitation.made",
	} {
		e := audited[deed]
		if actor, _ := e["actor"].(object); actor["kind"] != "member" || actor["name"] != "O" {
			t.Errorf("%s: %v", deed, e)
		}
	}
	if times["device.changed"] != 1 || times["device.paced"] != 1 {
		t.Errorf("a name and a pace are %d and %d lines, want one each", times["device.changed"], times["device.paced"])
	}
	if detail, _ := audited["workspace.changed"]["detail"].(object); detail["what"] != "timezone, turn_idle_minutes" {
		t.Errorf("what was changed of the workspace: %v", detail)
	}
	if subject, _ := audited["webhook.deleted"]["subject"].(object); subject["name"] != "127.0.0.1:8099" {
		t.Errorf("the webhook: %v", subject)
	}
	var types []string
	for _, item := range h.call("GET", "/events?limit=200", "", "Cookie", s.owner).items() {
		types = append(types, item.(object)["type"].(string))
	}
	for _, want := range []string{"member.joined", "member.changed", "member.removed", "workspace.changed"} {
		if !slices.Contains(types, want) {
			t.Errorf("the event log has no %s: %s", want, strings.Join(types, ", "))
		}
	}
}
