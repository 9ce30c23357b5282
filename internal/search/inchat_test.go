package search_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/search"
)

func TestOneChatIsReadBackwards(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		for i := range 450 {
			text := fmt.Sprint("pesan ", i)
			if i%100 == 7 {
				text = fmt.Sprint("stok beras ", i)
			}
			w.says("6281", text)
		}
		w.says("6282", "stok beras orang lain")
		m, err := w.chats.GetByNetworkID(t.Context(), "w", "dev-w", "pesan 0")
		if err != nil {
			t.Fatal(err)
		}
		in := func(text string, limit int) (out []string) {
			for q := (search.Query{Text: text, ChatID: m.ChatID, Limit: limit}); ; {
				f, err := w.s.Find(context.Background(), "w", q)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range f.Messages {
					whole := ""
					for _, p := range h.Parts {
						whole += p.Text
					}
					out = append(out, whole)
				}
				if q.After = f.Next; f.Next == "" {
					return out
				}
			}
		}
		want := []string{"stok beras 407", "stok beras 307", "stok beras 207", "stok beras 107", "stok beras 7"}
		for _, limit := range []int{1, 2, 50} {
			if diff := cmp.Diff(want, in("beras stok", limit)); diff != "" {
				t.Errorf("by %d (-want +got):\n%s", limit, diff)
			}
		}
		if got := in("beras tidakada", 50); len(got) != 0 {
			t.Errorf("got %v, want none: every word counts", got)
		}
		if _, err := w.s.Find(t.Context(), "v", search.Query{Text: "stok", ChatID: m.ChatID, Limit: 5}); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("a stranger: got %v, want chat.ErrNotFound", err)
		}
	})
}
