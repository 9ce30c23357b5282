package app_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// screen is a browser that looks at a shop: whoever has the cookie.
func (h *house) screen(at, cookie string) *websocket.Conn {
	h.t.Helper()
	c, _, err := websocket.Dial(h.t.Context(), "ws://"+at+"/api/v1/live", &websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {cookie}}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.CloseNow() })
	if err := c.Write(h.t.Context(), websocket.MessageText, []byte(`{"id":1,"connect":{}}`)); err != nil {
		h.t.Fatal(err)
	}
	if _, _, err := c.Read(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return c
}

// until reads what a screen is pushed until something has the text, and returns all of it.
func (h *house) until(c *websocket.Conn, text string) string {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	defer cancel()
	all := ""
	for !strings.Contains(all, text) {
		_, b, err := c.Read(ctx)
		if err != nil {
			h.t.Fatalf("%s was not pushed: %v; but %s", text, err, all)
		}
		all += string(b)
	}
	return all
}

// types are what the first shop's log has told, in order.
func (h *house) types(pattern string) (out []string) {
	h.t.Helper()
	for _, e := range h.call("GET", "/events?limit=200&types="+pattern, "", "Authorization", "Bearer "+h.first.key).items() {
		e, _ := e.(object)
		kind, _ := e["type"].(string)
		out = append(out, kind)
	}
	return out
}

// Two members work on one chat: what one does the other sees, and what is a member's own nobody else does.
func TestTwoMembersWorkOnAChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := h.run()
	owner, agent, stranger := h.screen(at, h.first.owner), h.screen(at, h.first.agent), h.screen(at, h.second.owner)
	chatPath := "/chats/" + h.first.ids["chats"]
	as := func(cookie, pattern, body string, want int) answer {
		t.Helper()
		method, path, _ := strings.Cut(pattern, " ")
		a := h.call(method, path, body, "Cookie", cookie)
		if a.status != want {
			t.Fatalf("%s %s: %d %s, want %d", pattern, body, a.status, a.text, want)
		}
		return a
	}
	agentID := h.first.ids["members"]
	as(h.first.agent, "PUT "+chatPath+"/presence", `{"doing":"typing"}`, 204)
	h.until(owner, `"chat.presence"`)
	if present, _ := as(h.first.owner, "GET "+chatPath, "", 200).body["present"].([]any); len(present) != 1 || present[0].(object)["member_id"] != agentID {
		t.Errorf("the chat says %v, want that the agent types", present)
	}
	as(h.first.agent, "PUT "+chatPath+"/draft", `{"text":"rahasia draf"}`, 200)
	h.until(agent, "rahasia draf")
	taken := as(h.first.agent, "PUT "+chatPath+"/assignee", `{"member_id":"`+agentID+`","version":1}`, 200)
	as(h.first.owner, "PUT "+chatPath+"/assignee", `{"version":1}`, 409)
	if pushed := h.until(owner, `"chat.assigned"`); strings.Contains(pushed, "rahasia draf") {
		t.Errorf("the owner was pushed the agent's draft: %s", pushed)
	}
	if taken.body["assignee_id"] != agentID {
		t.Errorf("got %v, want the agent's", taken.body)
	}
	as(h.first.owner, "POST "+chatPath+"/notes", `{"text":"tolong cek","mentions":["`+agentID+`"]}`, 201)
	h.until(agent, "tolong cek")
	if n := as(h.first.agent, "GET /mentions/unread", "", 200).body["unread"]; n != 1.0 {
		t.Errorf("%v mentions are unread, want one", n)
	}
	as(h.first.owner, "PUT "+chatPath+"/status", `{"status":"resolved"}`, 200)
	h.until(agent, `"chat.status"`)
	as(h.first.owner, "DELETE /members/"+agentID, "", 204)
	h.until(owner, `"from_member":"`+agentID+`"`)
	if c := as(h.first.owner, "GET "+chatPath, "", 200).body; c["assignee_id"] != nil || c["status"] != "resolved" {
		t.Errorf("after the agent was removed: %v, want it nobody's and resolved", c)
	}
	if got := h.types("chat.assigned,chat.status,note.created"); !slices.Equal(got, []string{"note.created", "chat.assigned", "note.created", "chat.status", "chat.assigned"}) {
		t.Errorf("the log has %v", got)
	}
	if a := h.call("PATCH", "/contacts/"+h.second.ids["contacts"], `{"name":"Penutup"}`, "Authorization", "Bearer "+h.second.key); a.status != 200 {
		t.Fatalf("the other workspace: %d %s", a.status, a.text)
	}
	if pushed := h.until(stranger, "Penutup"); strings.Contains(pushed, h.first.ids["chats"]) || strings.Contains(pushed, "rahasia") {
		t.Errorf("another workspace was pushed %s", pushed)
	}
}

// What was received is found, and the hit leads to its place in the thread.
func TestAHitLeadsToItsMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	found := h.call("GET", "/search?q=apa+kab", "", "Cookie", h.first.agent)
	messages, _ := found.body["messages"].([]any)
	if found.status != 200 || len(messages) != 1 {
		t.Fatalf("got %d %s, want the message", found.status, found.text)
	}
	hit, _ := messages[0].(object)
	around := h.call("GET", "/chats/"+hit["chat_id"].(string)+"/messages?around="+hit["message_id"].(string), "", "Cookie", h.first.agent)
	if list := around.items(); around.status != 200 || len(list) != 1 || list[0].(object)["id"] != hit["message_id"] {
		t.Errorf("around the hit: %d %s, want it", around.status, around.text)
	}
	if people, _ := h.call("GET", "/search?q=0812+9064+2222", "", "Cookie", h.first.agent).body["contacts"].([]any); len(people) != 1 {
		t.Errorf("by number: got %v, want one contact", people)
	}
}
