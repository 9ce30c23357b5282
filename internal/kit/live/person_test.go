package live_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/live"
)

func TestWhatIsForOneIsHeardByThemOnAllScreens(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	one, _ := h.join(t, "a", "")
	two, _ := h.join(t, "a", "")
	other, _ := h.join(t, "b", "")
	for _, to := range []live.Caller{{WorkspaceID: "a", UserID: "u-a"}, {WorkspaceID: "a", UserID: "u-x"}, {WorkspaceID: "b", UserID: "u-a"}} {
		if err := h.PublishTo(to, live.Event{Type: "draft", Data: to.WorkspaceID + to.UserID}); err != nil {
			t.Fatal(err)
		}
	}
	for _, workspace := range []string{"a", "b"} {
		if err := h.Publish(workspace, live.Event{Type: "last", Data: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*client{one, two} {
		c.wantEvent("draft", `"au-a"`)
		c.wantEvent("last", `1`)
	}
	other.wantEvent("last", `1`)
	if err := h.PublishTo(live.Caller{}, live.Event{Type: "bad", Data: make(chan int)}); err == nil {
		t.Error("what can't be encoded was published")
	}
}
