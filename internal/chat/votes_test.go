package chat_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

// Many members of a group vote and react at the same moment, some before the poll itself is there: each counts.
func TestVotesAtTheSameMomentAllCount(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		const people = 24
		w.write("salam", inGroup("g", peer(phone("6280"))))
		for i := range people { // known people: what is tried here is the poll
			w.write(fmt.Sprint("hai ", i), inGroup("g", peer(phone(fmt.Sprint("62900", i)))))
		}
		poll := device.Content{Kind: device.KindPoll, Poll: &device.Poll{Name: "Warna?", Options: []string{"Merah", "Biru"}}}
		var wg sync.WaitGroup
		tell := func(id, who string, c device.Content) {
			wg.Go(func() {
				in := device.Inbound{NetworkID: id, At: w.clock().UnixMilli(), Origin: device.OriginLive, Content: c, Raw: []byte(id)}
				inGroup("g", peer(phone(who)))(&in)
				if err := w.s.Receive(context.Background(), dev, in); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			})
		}
		for i := range people {
			if i == people/4 {
				tell("p", "6280", poll)
			}
			tell(fmt.Sprint("v", i), fmt.Sprint("62900", i), votes("p", []string{"Merah", "Biru"}[i%2]))
			tell(fmt.Sprint("r", i), fmt.Sprint("62900", i), device.Content{Kind: device.KindReaction, Target: "p", Text: "👍"})
		}
		wg.Wait()
		for _, m := range w.messages(w.only().Chat.ID) {
			if m.NetworkID != "p" {
				continue
			}
			if got := m.Content.Poll.Counts; fmt.Sprint(got) != fmt.Sprint([]int{people / 2, people / 2}) {
				t.Errorf("counted %v, want %d each", got, people/2)
			}
			if len(m.Reactions) != people {
				t.Errorf("%d reactions, want %d", len(m.Reactions), people)
			}
			return
		}
		t.Error("the poll is not there")
	})
}
