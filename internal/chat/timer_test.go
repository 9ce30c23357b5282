package chat_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

func timer(seconds int) device.Content {
	return device.Content{Kind: device.KindTimer, Expires: seconds}
}

// A chat whose messages disappear says so, and what we write there disappears, too.
func TestAChatsTimerIsHonoured(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo")
		c := w.only()
		if m := w.post(chat.Post{ChatID: c.Chat.ID, Content: text("biasa")}); m.Content.Expires != 0 {
			t.Errorf("without a timer: expires after %d, want never", m.Content.Expires)
		}
		for _, step := range []struct {
			name string
			do   func()
			want int
		}{
			{"set by them", func() { w.write("t1", content(timer(86400))) }, 86400},
			{"told again", func() { w.write("t1", content(timer(86400))) }, 86400},
			{"a message that does not say it", func() { w.write("lupa") }, 86400},
			{"a message of another time", func() {
				w.write("beda", content(device.Content{Kind: device.KindText, Text: "beda", Expires: 604800}))
			}, 604800},
			{"history", func() { w.write("dulu", content(timer(5)), origin(device.OriginHistory), ago(time.Hour)) }, 604800},
			{"set by us", func() { w.post(chat.Post{ChatID: c.Chat.ID, Content: timer(7776000)}) }, 7776000},
			{"set on the phone", func() { w.write("t2", content(timer(86400)), fromMe) }, 86400},
			{"less than nothing", func() { w.write("t3", content(timer(-1))) }, 0},
		} {
			step.do()
			got := w.only()
			if got.Expires != step.want {
				t.Errorf("%s: the chat's messages disappear after %d, want %d", step.name, got.Expires, step.want)
			}
			if m := w.post(chat.Post{ChatID: c.Chat.ID, Content: text("jawab")}); m.Content.Expires != step.want {
				t.Errorf("%s: ours disappears after %d, want %d", step.name, m.Content.Expires, step.want)
			}
		}
		for _, m := range w.messages(c.Chat.ID) {
			if m.Content.Kind == device.KindTimer {
				t.Errorf("the chat shows %+v, want what is said only", m)
			}
		}
	})
}

func votes(poll string, options ...string) device.Content {
	c := device.Content{Kind: device.KindVote, Target: poll, Vote: &device.Vote{}}
	for _, o := range options {
		sum := sha256.Sum256([]byte(o))
		c.Vote.Digests = append(c.Vote.Digests, sum[:])
	}
	return c
}

func TestVotesAreCountedInTheirPoll(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("awal", content(votes("p", "Biru"))) // before the poll that it is about
		w.write("p", content(device.Content{Kind: device.KindPoll, Poll: &device.Poll{Name: "Warna?", Options: []string{"Merah", "Biru"}}}))
		c := w.only()
		counts := func(what string, want ...int) {
			t.Helper()
			got := w.messages(c.Chat.ID)[0].Content.Poll
			if diff := cmp.Diff(want, got.Counts); diff != "" {
				t.Errorf("%s: counts (-want +got):\n%s", what, diff)
			}
		}
		counts("a vote that was here before", 0, 1)
		w.pass(time.Second)
		w.write("v2", content(votes("p", "Merah")))
		counts("another choice of the same person", 1, 0)
		w.post(chat.Post{ChatID: c.Chat.ID, Content: device.Content{
			Kind: device.KindVote, Target: "p", Vote: &device.Vote{Options: []string{"Merah"}},
		}})
		counts("our own", 2, 0)
		w.pass(time.Second)
		w.write("v3", content(votes("p")))
		counts("a choice that was taken back", 1, 0)
		w.write("v4", content(device.Content{Kind: device.KindVote, Target: "p", Vote: &device.Vote{Unreadable: true}}))
		counts("one that can't be read", 1, 0)
		if list := w.messages(c.Chat.ID); len(list) != 1 || w.only().Unread != 1 {
			t.Errorf("got %d messages, %d unread; want the poll alone", len(list), w.only().Unread)
		}
	})
}
