package chat_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

func sqlite(t *testing.T) *db.DB {
	t.Parallel()
	return dbtest.SQLite(t)
}

func TestAMessageThatFailedGoesAgainUnderItsID(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo")
		m := w.post(chat.Post{ChatID: w.only().Chat.ID, Content: text("ya"), By: chat.Author{Kind: chat.ByMember, ID: "m-1"}})
		if _, err := w.s.Retry(t.Context(), ws, m.ID); !errors.Is(err, outbox.ErrNotFailed) {
			t.Errorf("while it waits: got %v, want ErrNotFailed", err)
		}
		if _, err := w.db.Exec(t.Context(), `UPDATE sends SET state = 'failed', code = 'x', attempt = 5, deadline = 1 WHERE id = $1`, m.ID); err != nil {
			t.Fatal(err)
		}
		var told []outbox.Change
		w.sends.Changed.Add("test", func(_ context.Context, c outbox.Change) error {
			told = append(told, c)
			return nil
		})
		got, err := w.s.Retry(t.Context(), ws, m.ID)
		if err != nil || got.State != outbox.StateQueued || got.NetworkID != m.NetworkID || got.Code != "" {
			t.Errorf("got %+v, %v; want it queued under the network id that it had", got, err)
		}
		s, err := w.sends.Get(t.Context(), ws, m.ID)
		if err != nil || s.Attempt != 0 || s.Deadline <= w.clock().UnixMilli() {
			t.Errorf("got %+v, %v; want a fresh deadline", s, err)
		}
		if len(told) != 1 || told[0].From != outbox.StateFailed || told[0].Send.State != outbox.StateQueued {
			t.Errorf("told %+v, want it once", told)
		}
		if _, err := w.s.Retry(t.Context(), ws, m.ID); !errors.Is(err, outbox.ErrNotFailed) {
			t.Errorf("twice: got %v, want ErrNotFailed", err)
		}
		if got, err := w.s.Cancel(t.Context(), ws, m.ID); err != nil || got.State != outbox.StateCancelled {
			t.Errorf("cancel: got %+v, %v; want it cancelled", got, err)
		}
		if got := texts(w.messages(m.ChatID)); len(got) != 2 {
			t.Errorf("the chat has %v, want the cancelled one to stay", got)
		}
		theirs, err := w.s.GetByNetworkID(t.Context(), ws, dev.ID, "halo")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.s.Cancel(t.Context(), ws, theirs.ID); !errors.Is(err, chat.ErrNotOurs) {
			t.Errorf("theirs: got %v, want ErrNotOurs", err)
		}
		if _, err := w.s.Retry(t.Context(), "ws-2", m.ID); !errors.Is(err, chat.ErrMessageNotFound) {
			t.Errorf("a stranger: got %v, want ErrMessageNotFound", err)
		}
	})
}

func TestAMessageThatIsHeldSaysUntilWhen(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo")
		m := w.post(chat.Post{ChatID: w.only().Chat.ID, Content: text("ya"), By: chat.Author{Kind: chat.ByMember, ID: "m-1"}})
		for state, want := range map[string]float64{"held": 1234, "queued": 0} {
			if _, err := w.db.Exec(t.Context(), `UPDATE sends SET state = $2, code = 'restricted', due_at = 1234 WHERE id = $1`, m.ID, state); err != nil {
				t.Fatal(err)
			}
			_, got := call(w.serve(), "friend", "GET /messages/"+m.ID, "")
			if until, _ := got["until"].(float64); until != want || got["state"] != state {
				t.Errorf("%s: got %v until %v, want until %v", state, got["state"], got["until"], want)
			}
		}
	})
}
