package wasim_test

import (
	"regexp"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// TestSettingsAreToldToThoseWhoHaveThem links the first devices of a number. None may be told that a collection has
// grown before it has fetched it: until then it may not have the key.
func TestSettingsAreToldToThoseWhoHaveThem(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	first := openShop(t, n)
	second := watch(wasimtest.NewClient(t, n), first.phone)
	if err := second.Link(deadline(t), first.phone); err != nil {
		t.Fatalf("link a second device: %v", err)
	}
	named := regexp.MustCompile(`<collection [^>]*name="([a-z_]+)"`)
	fetched := map[string]bool{}
	for _, e := range n.Log().Entries(0) {
		for _, match := range named.FindAllStringSubmatch(e.XML, -1) {
			switch key := e.Device + " " + match[1]; {
			case e.Direction == "in" && e.Tag == "iq":
				fetched[key] = true
			case e.Tag == "notification" && !fetched[key]:
				t.Errorf("a device was told of settings that it never fetched:\n%s", e.XML)
			}
		}
	}
	if want := 2 * len(appstate.AllPatchNames); len(fetched) != want {
		t.Errorf("%d collections were fetched, want %d", len(fetched), want)
	}
}

// TestSettingsAreToldAfterAStop changes settings on a network that was stopped in between.
func TestSettingsAreToldAfterAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	s, budi := openShop(t, n), n.Phone("Budi")
	second := watch(wasimtest.NewClient(t, n), s.phone)
	if err := second.Link(deadline(t), s.phone); err != nil {
		t.Fatalf("link a second device: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	s.Disconnect()
	second.Disconnect()
	n, s = reopen(t, dir, s)
	again := watch(wasimtest.On(t, n, second.Container, second.Store), s.phone)
	if err := again.Connect(); err != nil || !again.WaitForConnection(wasimtest.Timeout) {
		t.Fatalf("the second device did not log in again: %v", err)
	}
	if err := s.SendAppState(deadline(t), appstate.BuildPin(jidOf(budi), true)); err != nil {
		t.Fatalf("SendAppState: %v", err)
	}
	if e := awaitOther[*events.Pin](t, again); !strings.HasPrefix(e.JID.String(), budi.Number()) {
		t.Errorf("pinned %s, want %s", e.JID, budi.Number())
	}
}
