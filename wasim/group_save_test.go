package wasim_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestGroupsSurviveAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	g, err := budi.CreateGroup(wasim.GroupOptions{Name: "Tetap", Approval: true}, s.phone.Number())
	if err != nil {
		t.Fatalf("CreateGroup: %v", err)
	}
	gone, err := budi.CreateGroup(wasim.GroupOptions{Name: "Bubar"})
	if err != nil {
		t.Fatalf("CreateGroup: %v", err)
	}
	if _, err := budi.Send(ctx, g.String(), wasim.Content{Text: "satu"}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if got := nextText(t, s).Message.GetConversation(); got != "satu" {
		t.Fatalf("got %q", got)
	}
	if err := gone.Leave(budi); err != nil {
		t.Fatalf("Leave: %v", err)
	}
	before, err := g.Info()
	if err != nil {
		t.Fatal(err)
	}
	s.Disconnect()
	if err := n.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}

	n, s = reopen(t, dir, s)
	again, ok := n.Group(g.String())
	if !ok {
		t.Fatal("the group is gone")
	}
	after, err := again.Info()
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("after a restart: %v (-before +after):\n%s", err, diff)
	}
	if _, ok := n.Group(gone.String()); ok {
		t.Error("a group without members came back")
	}
	budi, _ = n.PhoneByNumber(budi.Number())
	if _, err := budi.Send(deadline(t), g.String(), wasim.Content{Text: "dua"}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if got := nextText(t, s).Message.GetConversation(); got != "dua" {
		t.Errorf("got %q, want dua", got)
	}
	if link, err := again.ResetInvite(budi); err != nil || link == before.Invite {
		t.Errorf("a new link is %s (%v), the old one was %s", link, err, before.Invite)
	}
	healthy(t, n)
}

func TestADamagedGroupIsSaid(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"1.json": "{", "2.json": `{"ID":"3","Members":[{"ID":"x"}]}`, "4.json": `{"ID":"4"}`} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "groups"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "groups", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := wasim.New(wasim.Options{Dir: dir}); !errors.Is(err, wasim.ErrFolder) {
			t.Errorf("%s: got %v, want %v", text, err, wasim.ErrFolder)
			if err == nil {
				_ = n.Close()
			}
		}
	}
}
