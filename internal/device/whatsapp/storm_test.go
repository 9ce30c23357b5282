package whatsapp

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// Both sides write 300 messages at once. The library reads and writes a Signal session without a lock; without
// turns, a good part of the messages can't be read at first.
func TestBothWaysAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { storm(t, d, 300) })
}

func storm(t *testing.T, d *db.DB, n int) {
	r := newRig(t, d, wasim.Options{LogSize: 20_000}).link(t)
	t.Cleanup(func() { explainRetries(t, r.net) })
	budi := r.net.Phone("Budi")
	// The first message each way, so that there is a session to quarrel over.
	if _, err := budi.Send(ctxOf(t), r.phone.Number(), wasim.Content{Text: "first"}); err != nil {
		t.Fatal(err)
	}
	r.sink.message(t, "first")
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "first back"})
	r.await(t, budi, "first back")

	var both sync.WaitGroup
	both.Go(func() {
		for i := range n {
			if _, err := budi.Send(ctxOf(t), r.phone.Number(), wasim.Content{Text: fmt.Sprint("in ", i)}); err != nil {
				t.Errorf("the phone's message %d: %v", i, err)
			}
		}
	})
	both.Go(func() {
		for i := range n {
			id := r.session.(device.NetworkIDer).NewNetworkID()
			out := device.Outgoing{NetworkID: id, To: person1(budi), Content: device.Content{Kind: device.KindText, Text: fmt.Sprint("out ", i)}}
			if _, err := r.session.Send(ctxOf(t), out); err != nil {
				t.Errorf("our message %d: %v", i, err)
			}
		}
	})
	both.Wait()
	r.sink.message(t, fmt.Sprint("in ", n-1))
	seen := map[string]int{}
	for i := range n {
		r.await(t, budi, fmt.Sprint("out ", i))
	}
	r.sink.note(func() {
		for _, m := range r.sink.got {
			if m.Origin == device.OriginHistory { // the phone may hand over what it has at any time
				continue
			}
			if seen[m.NetworkID]++; seen[m.NetworkID] > 1 {
				t.Errorf("message %+v came again", m)
			}
		}
	})
	if len(seen) != n+1 {
		t.Errorf("got %d messages, want %d", len(seen), n+1)
	}
	for _, p := range []*wasim.Phone{budi, r.phone} {
		if c := p.Counters(); c.DecryptErrors != 0 {
			t.Errorf("the phone of %s could not read %d messages: %+v", p.Name(), c.DecryptErrors, c)
		}
	}
	if k := r.session.(*session).Undecryptable(); k != 0 {
		t.Errorf("we could not read %d messages", k)
	}
}

var retryID = regexp.MustCompile(`<retry [^>]*id="([^"]+)"`)

// explainRetries prints, for a test that failed, all that was on the wire about the messages that were asked for anew.
func explainRetries(t *testing.T, n *wasim.Network) {
	if !t.Failed() {
		return
	}
	entries := n.Log().Entries(0)
	for _, e := range entries {
		if e.Direction == "in" && strings.Contains(e.XML, `category="peer"`) {
			t.Logf("%d %s %s %s", e.Seq, e.Direction, e.Device, e.XML)
		}
		for _, m := range retryID.FindAllStringSubmatch(e.XML, -1) {
			for _, about := range entries {
				if strings.Contains(about.XML, m[1]) {
					t.Logf("%d %s %s %s", about.Seq, about.Direction, about.Device, about.XML)
				}
			}
		}
	}
}
