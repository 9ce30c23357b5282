package chat_test

import (
	"context"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

// What changes a message and never goes out is undone, down to what was changed before; whoever is told of changes is told.
func TestAChangeThatDoesNotGoOutIsUndone(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.sends.Changed.Add("chat", w.s.SendChanged)
		told := 0
		w.s.Altered.Add("test", func(context.Context, chat.Altered) error { told++; return nil })
		w.write("halo")
		id := w.only().Chat.ID
		ours := w.post(chat.Post{ChatID: id, Content: text("satu")})
		w.post(chat.Post{ChatID: id, Content: device.Content{Kind: device.KindEdit, Text: "dua", Target: ours.NetworkID}})
		shown := func() chat.Message {
			t.Helper()
			m, err := w.s.GetMessage(t.Context(), ws, ours.ID)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		for what, c := range map[string]device.Content{
			"an edit":    {Kind: device.KindEdit, Text: "tiga"},
			"a revoke":   {Kind: device.KindRevoke},
			"a reaction": {Kind: device.KindReaction, Text: "👍"},
			"a pin":      {Kind: device.KindPin, Expires: 86400},
			"a timer":    {Kind: device.KindTimer, Expires: 86400},
		} {
			if c.Kind != device.KindTimer {
				c.Target = ours.NetworkID
			}
			before := told
			m := w.post(chat.Post{ChatID: id, Content: c})
			if got, item := shown(), w.only(); got.Content.Text == "dua" && got.RevokedAt == 0 && len(got.Reactions) == 0 && got.Content.Pin == nil && item.Expires == 0 {
				t.Errorf("%s changed nothing: %+v", what, got)
			}
			if _, err := w.s.Cancel(t.Context(), ws, m.ID); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if got, item := shown(), w.only(); got.Content.Text != "dua" || got.EditedAt == 0 || got.RevokedAt != 0 || len(got.Reactions) != 0 || got.Content.Pin != nil || item.Expires != 0 {
				t.Errorf("without %s the message is %+v and the timer %d, want it as it was before", what, got, item.Expires)
			}
			if n := told - before; c.Kind != device.KindTimer && n != 2 {
				t.Errorf("of %s and its end was told %d times, want twice", what, n)
			}
		}
	})
}
