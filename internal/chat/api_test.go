package chat_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// serve is the API of contacts and chats for a caller: "friend", "script" (with a key), or "stranger" of another workspace.
func (w *world) serve() *http.ServeMux {
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, need httpx.Need) (context.Context, error) {
		p := member.Principal{WorkspaceID: ws, MemberID: "m-1", Role: member.Agent}
		switch r.Header.Get("X-Who") {
		case "script":
			p = member.Principal{WorkspaceID: ws, KeyID: "k-1", Role: member.Admin}
		case "stranger":
			p.WorkspaceID = "ws-2"
		}
		return member.With(r.Context(), p), nil
	}})
	contact.Module(w.contacts).API(api)
	chat.Module(w.s).API(api)
	return mux
}

func call(mux *http.ServeMux, who, pattern, body string) (int, map[string]any) {
	method, path, _ := strings.Cut(pattern, " ")
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("X-Who", who)
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, r)
	var out map[string]any
	_ = json.Unmarshal(rec.Body.Bytes(), &out)
	return rec.Code, out
}

func TestAPI(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo")
		c := w.only()
		mux := w.serve()
		at := "/chats/" + c.Chat.ID
		for _, step := range []struct {
			who, call, body string
			want            int
		}{
			{"friend", "GET /chats", "", 200},
			{"friend", "GET /chats?limit=0", "", 422},
			{"friend", "GET /chats?after=x", "", 422},
			{"friend", "GET /chats?turn=cat", "", 422},
			{"friend", "GET " + at + "/messages", "", 200},
			{"stranger", "GET " + at + "/messages", "", 404},
			{"stranger", "GET " + at, "", 404},
			{"stranger", "PATCH " + at, `{"turn":"human"}`, 404},
			{"stranger", "POST " + at + "/messages", `{"text":"x"}`, 404},
			{"friend", "PATCH " + at, `{"turn":"cat"}`, 422},
			{"friend", "PATCH " + at, `{"turn":"human","turn_version":9}`, 409},
			{"friend", "POST " + at + "/messages", `{"text":""}`, 422},
			{"friend", "POST " + at + "/messages", `{"text":5}`, 422},
			{"friend", "POST " + at + "/messages", `{`, 400},
			{"script", "POST " + at + "/messages", `{"text":"dari skrip"}`, 201},
			{"friend", "POST /messages", `{"text":"x","device_id":"dev-1"}`, 422},
			{"friend", "POST /messages", `{"text":"x","device_id":"dev-1","phone":"abc"}`, 422},
			{"script", "POST /messages", `{"text":"baru","device_id":"dev-1","phone":"0812 9064 1111"}`, 201},
			{"friend", "GET /contacts?search=budi", "", 200},
			{"friend", "GET /contacts/" + c.Contact.ID, "", 200},
			{"stranger", "GET /contacts/" + c.Contact.ID, "", 404},
			{"stranger", "PATCH /contacts/" + c.Contact.ID, `{"name":"x"}`, 404},
			{"friend", "PATCH /contacts/" + c.Contact.ID, `{"name":"Pak Budi"}`, 200},
			{"friend", "PATCH /contacts/" + c.Contact.ID, `{"name":"  "}`, 422},
			{"friend", "POST /contacts", `{"name":"Sari","phone":"0811222333","channel":"wire"}`, 201},
			{"friend", "POST /contacts", `{"name":"Sari","phone":"62811222333","channel":"wire"}`, 409},
		} {
			if got, body := call(mux, step.who, step.call, step.body); got != step.want {
				t.Errorf("%s %s %s: got %d %v, want %d", step.who, step.call, step.body, got, body, step.want)
			}
		}
		if got, err := w.s.Get(t.Context(), ws, c.Chat.ID); err != nil || got.Turn != chat.TurnBot || got.Contact.Name != "Pak Budi" {
			t.Errorf("got %+v, %v; want the bot's turn after a script's message, and Pak Budi", got, err)
		}
		status, body := call(mux, "friend", "POST "+at+"/messages", `{"text":"saya Rina","reply_to":"halo"}`)
		if status != 201 || body["state"] != "queued" || body["by"] != "member" {
			t.Errorf("a member's message: got %d %v", status, body)
		}
		if _, chat := call(mux, "friend", "GET "+at, ""); chat["turn"] != "human" || chat["unread"] != 0.0 {
			t.Errorf("after a member's message: got %v, want a person's turn and nothing unread", chat)
		}
		if status, chat := call(mux, "friend", "PATCH "+at, `{"turn":"bot","read":true}`); status != 200 || chat["turn"] != "bot" {
			t.Errorf("giving back: got %d %v", status, chat)
		}
		if status, m := call(mux, "friend", "GET /messages/"+body["id"].(string), ""); status != 200 || m["content"].(map[string]any)["quote"] == nil {
			t.Errorf("the message: got %d %v, want it with its quote", status, m)
		}
	})
}
