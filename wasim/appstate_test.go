package wasim_test

import (
	"context"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/store"
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

// late holds a client's look at the version from which it writes until others have written, and the client's own reading of
// what these wrote until its write was refused. A look more means that it has taken over what it missed.
type late struct {
	store.AppStateStore
	looks                          atomic.Int64
	looked, told, takenOver, write chan struct{}
}

func holdBack(s *shop) *late {
	l := &late{AppStateStore: s.Store.AppState}
	for _, ch := range []*chan struct{}{&l.looked, &l.told, &l.takenOver, &l.write} {
		*ch = make(chan struct{})
	}
	s.Store.AppState = l
	return l
}

func (l *late) GetAppStateVersion(ctx context.Context, name string) (version uint64, hash [128]byte, err error) {
	switch l.looks.Add(1) {
	case 1:
		version, hash, err = l.AppStateStore.GetAppStateVersion(ctx, name)
		close(l.looked)
		<-l.write
		return version, hash, err
	case 2:
		close(l.told)
		<-l.takenOver
	case 3:
		close(l.takenOver)
	}
	return l.AppStateStore.GetAppStateVersion(ctx, name)
}

// TestTwoWriteSettingsFromTheSameVersion has a companion write settings from a version that is not the last any more: it
// is refused, takes what it missed and writes behind it, and everybody agrees in the end.
func TestTwoWriteSettingsFromTheSameVersion(t *testing.T) {
	t.Parallel()
	for _, faster := range []string{"a companion", "the phone"} {
		t.Run(faster, func(t *testing.T) {
			t.Parallel()
			n := wasimtest.Network(t, wasim.Options{})
			first, budi, cici := openShop(t, n), n.Phone("Budi"), n.Phone("Cici")
			second := watch(wasimtest.NewClient(t, n), first.phone)
			ctx := deadline(t)
			if err := second.Link(ctx, first.phone); err != nil {
				t.Fatalf("link a second device: %v", err)
			}
			l := holdBack(second)
			written := make(chan error, 1)
			go func() { written <- second.SendAppState(ctx, appstate.BuildPin(jidOf(cici), true)) }()
			next(t, l.looked)
			var err error
			if faster == "the phone" {
				err = first.phone.Mark(ctx, wasim.Mark{Kind: wasim.MarkPin, Chat: budi.Number(), On: true})
			} else {
				err = first.SendAppState(ctx, appstate.BuildPin(jidOf(budi), true))
			}
			if err != nil {
				t.Fatalf("the first write: %v", err)
			}
			next(t, l.told)
			close(l.write)
			if err := next(t, written); err != nil {
				t.Fatalf("the write that came late: %v", err)
			}
			for _, p := range []*wasim.Phone{budi, cici} {
				if _, err := first.phone.AwaitChat(ctx, p.Number(), func(c wasim.Chat) bool { return c.Pinned }); err != nil {
					t.Errorf("the phone: %v", err)
				}
			}
			awaitPin(t, first, cici)
			awaitPin(t, second, budi)
			agree(t, first, second)
			if got := strings.Count(n.Log().String(), `<error code="409"`); got != 1 {
				t.Errorf("%d writes were refused, want one", got)
			}
		})
	}
}

// awaitPin waits until a companion hears that a chat is pinned.
func awaitPin(t *testing.T, s *shop, p *wasim.Phone) {
	t.Helper()
	for {
		if e := awaitOther[*events.Pin](t, s); e.JID.User == p.Number() || e.JID.User == p.LID() {
			return
		}
	}
}

// agree fails unless two companions have the same version and sum of the collection that has the pins.
func agree(t *testing.T, one, two *shop) {
	t.Helper()
	name := string(appstate.WAPatchRegularLow)
	v1, h1, err := one.Store.AppState.GetAppStateVersion(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	v2, h2, err := two.Store.AppState.GetAppStateVersion(t.Context(), name)
	if err != nil || v1 != v2 || h1 != h2 {
		t.Errorf("one companion is at %d (%x), the other at %d (%x), %v", v1, h1[:4], v2, h2[:4], err)
	}
}
