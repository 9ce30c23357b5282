package chat_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
)

func TestWhoIsInAChatIsSeen(t *testing.T) {
	var seen []chat.Presence
	c := chat.Config{Seen: func(p chat.Presence) { seen = append(seen, p) }}
	w := newWorld(t, sqlite(t), c)
	w.write("halo")
	at := "/chats/" + w.only().Chat.ID
	mux := w.serve()
	say := func(who, doing string) int {
		status, _ := call(mux, who, "PUT "+at+"/presence", `{"doing":"`+doing+`"}`)
		return status
	}
	present := func(who string) any {
		_, c := call(mux, who, "GET "+at, "")
		list, _ := c["present"].([]any)
		var out []string
		for _, p := range list {
			p, _ := p.(map[string]any)
			out = append(out, p["member_id"].(string)+" "+p["doing"].(string))
		}
		return out
	}
	if a, b, c, d := say("friend", "looking"), say("stranger", "looking"), say("script", "typing"), say("friend", "sleeping"); a != 204 || b != 404 || c != 403 || d != 422 {
		t.Errorf("a member, a stranger, a script, no such thing: got %d %d %d %d, want 204 404 403 422", a, b, c, d)
	}
	if diff := cmp.Diff([]string{"m-1 looking"}, present("friend")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	say("friend", "typing")
	w.pass(9 * time.Second)
	if diff := cmp.Diff([]string{"m-1 typing"}, present("friend")); diff != "" {
		t.Errorf("while typing (-want +got):\n%s", diff)
	}
	w.pass(2 * time.Second)
	if diff := cmp.Diff([]string(nil), present("friend")); diff != "" {
		t.Errorf("nothing said for long (-want +got):\n%s", diff)
	}
	say("friend", "looking")
	say("friend", "gone")
	if diff := cmp.Diff([]string(nil), present("friend")); diff != "" {
		t.Errorf("gone (-want +got):\n%s", diff)
	}
	if len(seen) != 4 || seen[3].Doing != chat.DoingNothing || seen[0].WorkspaceID != ws || seen[0].MemberID != "m-1" {
		t.Errorf("seen %+v, want each of the four once", seen)
	}
}
