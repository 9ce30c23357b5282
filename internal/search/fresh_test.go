package search_test

import (
	"context"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
)

func (w *world) count(text string) (n int) {
	w.t.Helper()
	if err := w.db.QueryRow(context.Background(), text).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Messages are indexed behind the back of who writes them: all that came together, each as it is by then.
func TestNewMessagesAreIndexedTogether(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		w.says("6281", "Ada stok beras?")
		w.receive("w", "6281", "m2", words("salah tulis"))
		w.receive("w", "6281", "m3", device.Content{Kind: device.KindEdit, Target: "m2", Text: "betul tulis"})
		w.receive("w", "6281", "m4", words("lekas hapus"))
		w.receive("w", "6281", "m5", device.Content{Kind: device.KindRevoke, Target: "m4"})
		w.receive("v", "6281", "v1", words("stok orang lain"))
		if got := w.count(`SELECT COUNT(*) FROM message_index`); got != 0 {
			t.Errorf("%d messages are indexed in the transactions that brought them, want 0", got)
		}
		w.work()
		if got := w.count(`SELECT COUNT(*) FROM message_index`); got != 3 {
			t.Errorf("%d messages are indexed, want 3: the revoked one is not to be found", got)
		}
		if got := w.count(`SELECT COUNT(*) FROM search_fresh`); got != 0 {
			t.Errorf("%d messages still wait, want 0", got)
		}
		w.want("tulis", "betul tulis")
		w.want("hapus")
	})
}

// A message that is changed after it was indexed is found by its new words only.
func TestChangesComeIntoTheIndex(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.index()
		w.receive("w", "6281", "m1", words("harga lama"))
		w.work()
		w.receive("w", "6281", "m2", device.Content{Kind: device.KindEdit, Target: "m1", Text: "harga baru"})
		w.work()
		w.want("lama")
		w.want("baru", "harga baru")
	})
}
