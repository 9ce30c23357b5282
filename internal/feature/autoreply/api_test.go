package autoreply_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/feature/autoreply"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

type object = map[string]any

// call makes a request to the rules' API as an admin of a workspace.
func (r *rig) call(workspaceID, pattern, body string) (int, object) {
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
		return member.With(r.Context(), member.Principal{WorkspaceID: workspaceID, Role: member.Admin}), nil
	}})
	autoreply.Module(r.Service, workspace.Of).API(api)
	method, path, _ := strings.Cut(pattern, " ")
	rec := httptest.NewRecorder()
	httpx.Wrap(slog.New(slog.DiscardHandler), mux).ServeHTTP(rec, httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body)))
	var out object
	_ = json.Unmarshal(rec.Body.Bytes(), &out)
	return rec.Code, out
}

func TestAPI(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		stranger := r.workspace("Toko Lain")
		status, made := r.call(r.ws, "POST /rules", `{"name":"Salam","when":{"trigger":"keyword","match":"exact","words":["halo"]},"then":[{"text":"hai"}]}`)
		id, _ := made["id"].(string)
		if status != 201 || made["enabled"] != true || made["audience"] != "people" || made["fires"] != 0.0 {
			t.Fatalf("make: %d %v", status, made)
		}
		at, rule := "/rules/"+id, func(change string) string {
			o := object{"name": "x", "when": object{"trigger": "fallback"}, "then": []object{{"text": "y"}}}
			_ = json.Unmarshal([]byte(change), &o)
			b, _ := json.Marshal(o)
			return string(b)
		}
		want(t, "the rule answers", r.write("62811", "halo"), "hai")
		for _, step := range []struct {
			who, call, body string
			want            int
			code            string
		}{
			{r.ws, "GET /rules", "", 200, ""},
			{r.ws, "GET " + at, "", 200, ""},
			{stranger, "GET " + at, "", 404, "rule_not_found"},
			{stranger, "PATCH " + at, `{"enabled":false}`, 404, "rule_not_found"},
			{stranger, "DELETE " + at, "", 404, "rule_not_found"},
			{stranger, "PUT /rules/order", `{"rule_ids":["` + id + `"]}`, 422, "rule_order_bad"},
			{stranger, "POST /rules", rule(`{"device_ids":["` + r.dev.ID + `"]}`), 404, "device_not_found"},
			{r.ws, "POST /rules", rule(`{"then":[{"text":"x","file_id":"tidak-ada"}]}`), 404, "file_not_found"},
			{r.ws, "POST /rules", rule(`{"then":[]}`), 422, "rule_without_answer"},
			{r.ws, "POST /rules", rule(`{"then":null}`), 422, ""},
			{r.ws, "POST /rules", rule(`{"then":[{"text":"x","delay_seconds":301}]}`), 422, "field_too_big"},
			{r.ws, "POST /rules", rule(`{"when":{"trigger":"kapan"}}`), 422, "field_choice"},
			{r.ws, "POST /rules", rule(`{"when":{"trigger":"keyword","match":"regex","words":["(a"]}}`), 422, "rule_regex_bad"},
			{r.ws, "POST /rules", rule(`{"every_minutes":-1}`), 422, "field_too_small"},
			{r.ws, "POST /rules", rule(`{"kapan":1}`), 422, "field_unknown"},
			{r.ws, "POST /rules", `{"name":"a\u0000"}`, 400, "body_text"},
			{r.ws, "PATCH " + at, `{"then":[]}`, 422, "rule_without_answer"},
			{r.ws, "PATCH " + at, `{"enabled":"ya"}`, 422, "field_type"},
			{r.ws, "PATCH " + at, `{"name":"Salam pagi"}`, 200, ""},
			{r.ws, "PUT /rules/order", `{"rule_ids":[]}`, 422, "rule_order_bad"},
			{r.ws, "PUT /rules/order", `{"rule_ids":["` + id + `","` + id + `"]}`, 422, "rule_order_bad"},
			{r.ws, "PUT /rules/order", `{"rule_ids":["` + id + `"]}`, 204, ""},
		} {
			got, body := r.call(step.who, step.call, step.body)
			e, _ := body["error"].(object)
			if code, _ := e["code"].(string); got != step.want || (step.code != "" && code != step.code) {
				t.Errorf("%s %s: got %d %v, want %d %s", step.call, step.body, got, body, step.want, step.code)
			}
		}
		_, list := r.call(r.ws, "GET /rules", "")
		items, _ := list["items"].([]any)
		if len(items) != 1 || items[0].(object)["fires"] != 1.0 || items[0].(object)["name"] != "Salam pagi" {
			t.Errorf("in the end: %v, want the one rule, which answered once", list)
		}
		if status, _ := r.call(r.ws, "DELETE "+at, ""); status != 204 {
			t.Errorf("delete: %d", status)
		}
	})
}

func TestChangesAtOnceDoNotCross(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				rule := triggered(autoreply.TriggerFallback, "x")
				rule.WorkspaceID, rule.Name = r.ws, fmt.Sprint(i)
				if _, err := r.Create(context.Background(), rule); err != nil {
					t.Errorf("Create: %v", err)
				}
			})
		}
		wg.Wait()
		list, err := r.List(t.Context(), r.ws)
		if err != nil || len(list) != 8 {
			t.Fatalf("%d rules, %v; want 8", len(list), err)
		}
		for i, rule := range list {
			if rule.Position != i {
				t.Errorf("rule %d has position %d", i, rule.Position)
			}
		}
		for i := range 8 {
			wg.Go(func() {
				if _, err := r.Update(context.Background(), r.ws, list[0].ID, func(r *autoreply.Rule) {
					r.Then = append(r.Then, autoreply.Step{Text: fmt.Sprint(i)})
				}); err != nil {
					t.Errorf("Update: %v", err)
				}
			})
		}
		wg.Wait()
		if got, err := r.Get(t.Context(), r.ws, list[0].ID); err != nil || len(got.Then) != 9 {
			t.Errorf("after eight changes: %d steps, %v; want 9", len(got.Then), err)
		}
	})
}

func TestRulesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for range 500 {
			r.rule(triggered(autoreply.TriggerFallback, "x"))
		}
		if status, body := r.call(r.ws, "POST /rules", `{"name":"x","when":{"trigger":"fallback"},"then":[{"text":"y"}]}`); status != 409 {
			t.Errorf("the 501st rule: %d %v, want 409", status, body)
		}
	})
}
