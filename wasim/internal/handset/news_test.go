package handset

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// texts are the words of news, with how far each message got.
func texts(n News) []string {
	out := []string{}
	for _, m := range n.Messages {
		word := m.Text + " " + m.Status
		if m.Deleted {
			word += " deleted"
		}
		out = append(out, word)
	}
	return out
}

func TestNewsTellWhatCameAndWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	empty := a.h.News(t.Context(), 0, 10)
	if !empty.All || empty.At == 0 || len(empty.Messages) != 0 {
		t.Errorf("of a new phone: got %+v, want everything, which is nothing", empty)
	}
	first := send(t, a, b, Content{Text: "satu"})
	await(t, a.h, "delivered", func(m Message) bool { return m.ID == first && m.Status == StatusDelivered })
	news := a.h.News(t.Context(), empty.At, 10)
	if diff := cmp.Diff([]string{"satu delivered"}, texts(news)); diff != "" || news.All {
		t.Errorf("a text that came and was delivered (-want +got):\n%s; all: %v", diff, news.All)
	}
	await(t, a.h, "an answer", byID(send(t, b, a, Content{Text: "dua"})))
	if err := b.h.Read(a.acc.PN.User); err != nil {
		t.Fatal(err)
	}
	await(t, a.h, "read", func(m Message) bool { return m.ID == first && m.Status == StatusRead })
	later := a.h.News(t.Context(), news.At, 10)
	if got := texts(later); len(got) != 2 || !slices.Contains(got, "satu read") || !slices.Contains(got, "dua received") {
		t.Errorf("an answer and a receipt: got %q", got)
	}
	youngest := max(later.Messages[0].TimestampMS, later.Messages[1].TimestampMS)
	if count, newest := a.h.Unread(); count != 1 || newest != youngest {
		t.Errorf("unread: got %d, newest at %d; want 1, at %d", count, newest, youngest)
	}
	if all := a.h.News(t.Context(), later.At+100, 1); !all.All || len(all.Messages) != 1 || all.Messages[0].Text != "dua" {
		t.Errorf("from a point that never was: got %+v, want everything, the newest message of it", all)
	}
}

func TestNewsTellOfADeletedMessage(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, b, a, Content{Text: "rahasia"})
	await(t, a.h, "the text", byID(id))
	at := a.h.News(t.Context(), 0, 10).At
	if err := a.h.Mark(within(t), Mark{Kind: MarkDeleteMessage, ID: id}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"rahasia received deleted"}, texts(a.h.News(t.Context(), at, 10))); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
	if all := a.h.News(t.Context(), 0, 10); len(all.Messages) != 0 {
		t.Errorf("from the beginning: got %q, want nothing", texts(all))
	}
}

func TestNewsWait(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	at := a.h.News(t.Context(), 0, 10).At
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if none := a.h.News(over, at, 10); none.At != at || none.All || len(none.Messages)+len(none.Sights) != 0 {
		t.Errorf("when the time is over: got %+v, want nothing since %d", none, at)
	}
	got := make(chan News)
	go func() { got <- a.h.News(within(t), at, 10) }()
	if err := b.h.StartTyping(a.acc.PN.User); err != nil {
		t.Fatal(err)
	}
	news := <-got
	want := []Sight{{Who: b.acc.PN.User, Typing: "composing", TypingMS: a.h.link.Now().UnixMilli()}}
	if diff := cmp.Diff(want, news.Sights); diff != "" || len(news.Messages) != 0 {
		t.Errorf("what was waited for (-want +got):\n%s; and %d messages, want none", diff, len(news.Messages))
	}
	// The same is shown again: whoever draws it for a while has to hear of it.
	if err := b.h.StartTyping(a.acc.PN.User); err != nil {
		t.Fatal(err)
	}
	if again := a.h.News(within(t), news.At, 10); len(again.Sights) != 1 {
		t.Errorf("typing again: got %+v, want it once more", again)
	}
}

func TestNewsOfARestoredPhoneTellEverything(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, a.h, "the text", byID(send(t, b, a, Content{Text: "satu"})))
	a.restart(t, (*Handset).Restore)
	if diff := cmp.Diff([]string{"satu received"}, texts(a.h.News(t.Context(), 0, 10))); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
}

// Whoever goes on from At sees in the end what the phone shows, however it was asked and whatever happened between.
func TestWhoFollowsNewsMissesNothing(t *testing.T) {
	t.Parallel()
	a := newWire(t).phone("Ani", 1)
	rapid.Check(t, func(r *rapid.T) {
		h := a.w.handset(a, "Ani", 1)
		shown, at, first := map[int64]Message{}, uint64(0), int64(0)
		look := func(most int) (told int) {
			n := h.News(canceled(), at, most)
			if at == 0 && len(n.Messages) > 0 {
				first = n.Messages[0].Seq - 1 // those before the first look's oldest are not told unless they change
			}
			at = n.At
			for _, m := range n.Messages {
				shown[m.Seq] = m
			}
			return len(n.Messages)
		}
		for i := range rapid.IntRange(1, 30).Draw(r, "steps") {
			h.mu.Lock()
			count := len(h.state.messages)
			if rapid.Bool().Draw(r, "new") || count == 0 {
				h.add(entry{Message: Message{ID: fmt.Sprint("id", i), Text: fmt.Sprint("t", i)}})
			} else {
				which := rapid.IntRange(0, count-1).Draw(r, "which")
				h.state.messages[which].Text += "+"
				h.touch(which)
			}
			h.mu.Unlock()
			if rapid.Bool().Draw(r, "look") {
				look(rapid.IntRange(1, 3).Draw(r, "most"))
			}
		}
		for look(2) > 0 {
		}
		for _, m := range h.Messages("", first) {
			if diff := cmp.Diff(m, shown[m.Seq]); diff != "" {
				r.Errorf("message %d (-on the phone +as told):\n%s", m.Seq, diff)
			}
		}
	})
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
