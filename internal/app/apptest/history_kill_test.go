package apptest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestKilledWhileHistoryComesIn kills the program again and again while it takes in what the phone offers at linking: it
// goes on where it was, every message is there once, as history, unread by nobody and answered by no rule.
func TestKilledWhileHistoryComesIn(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := &stepper{file: filepath.Join(t.TempDir(), "strike"), hook: newHook(t)}
			p.shop = newShopWith(t, []string{"PING_STRIKE=" + p.file}, e.args...)
			kills := 0
			for branch := 0; branch < 8 && kills < 3; branch++ { // one whose history is in before the first blow says nothing
				kills += p.killWhileLinked(t, fmt.Sprint("Cabang ", branch))
			}
			t.Logf("killed %d times", kills)
			if kills < 3 {
				t.Errorf("killed %d times while history came in, want more", kills)
			}
		})
	}
}

// killWhileLinked links a phone that has something to tell, kills the program until all of it is in, and looks for it.
func (p *stepper) killWhileLinked(t *testing.T, name string) (kills int) {
	t.Helper()
	branch := p.net.Phone(name)
	const people, each = 6, 15
	var all []*wasim.Phone
	for i := range people {
		who := p.net.Phone(fmt.Sprint("Langganan ", i, " ", name))
		all = append(all, who)
		for n := range each {
			says(t, who, branch.Number(), fmt.Sprintf("menu dari %d nomor %02d", i, n)) // a word that a rule answers
		}
		awaitOn(t, branch, fmt.Sprintf("menu dari %d nomor %02d", i, each-1))
	}
	<-time.After(1100 * time.Millisecond) // what is written in the second in which it is linked is news
	device := p.makeDevice(t, name)
	if err := p.Do("PATCH", "/api/v1/devices/"+device, object{"webhook_url": p.hook.URL}, nil, nil); err != nil {
		t.Fatal(err)
	}
	p.linkByQR(t, device, branch)
	kills = p.killUntilHistoryIsIn(t, device)
	p.awaitState(t, device, "online")
	for i, who := range all {
		p.wantHistory(t, device, who, i, each)
	}
	return kills
}

// killUntilHistoryIsIn kills the program a few commits after each start, until all history is in.
func (p *stepper) killUntilHistoryIsIn(t *testing.T, device string) (kills int) {
	t.Helper()
	in := func() bool {
		var h struct{ Percent, Pending int }
		return p.Get("/api/v1/devices/"+device+"/history", &h) == nil && h.Percent == 100 && h.Pending == 0
	}
	for n := 8; !in() && kills < 60; n += 3 {
		if err := os.WriteFile(p.file, fmt.Appendf(nil, "kill COMMITTED %d", n), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(p.PID(), syscall.SIGUSR2)
		if p.Await("it dies, or all is in", func() bool { return p.Exited() || in() }); !p.Exited() {
			break
		}
		kills++
		p.Run()
		p.Await("it serves", func() bool { return p.Exited() || p.Get("/api/v1/devices/"+device, nil) == nil })
	}
	_ = os.Remove(p.file)
	if p.Exited() {
		p.Run()
	}
	p.disarm(t)
	p.Await("all history is in", in)
	return kills
}

// wantHistory fails unless a chat has each message once, none unread, none answered and none told.
func (p *stepper) wantHistory(t *testing.T, device string, who *wasim.Phone, i, each int) {
	t.Helper()
	got := map[string]int{}
	for _, m := range p.history(t, device, who.Number()) {
		got[m.Content.Text]++
		switch {
		case m.FromMe:
			t.Errorf("chat %d was answered: %+v", i, m)
		case m.Origin != "history":
			t.Errorf("%q came as %s, want history", m.Content.Text, m.Origin)
		}
	}
	for n := range each {
		text := fmt.Sprintf("menu dari %d nomor %02d", i, n)
		if got[text] != 1 {
			t.Errorf("%q is in the chat %d times, want once", text, got[text])
		}
		if told := p.hook.events(text); len(told) != 0 {
			t.Errorf("%q was told to the webhook %d times", text, len(told))
		}
	}
	for _, m := range who.Messages("", "") {
		if !m.FromMe && !strings.HasPrefix(m.Text, "menu dari") {
			t.Errorf("customer %d was answered: %q", i, m.Text)
		}
	}
	var view struct{ Unread int }
	if err := p.Get("/api/v1/chats/"+p.chats(t, device, who.Number())[0], &view); err != nil || view.Unread != 0 {
		t.Errorf("chat %d has %d unread, %v; want none", i, view.Unread, err)
	}
}
