package status_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/status"
)

// board is the service with a clock of its own, and what it told.
type board struct {
	*status.Service
	contacts *contact.Service
	device   device.Device

	mu      sync.Mutex
	now     time.Time
	seen    int
	deleted int
}

func newBoard(t *testing.T, d *db.DB) *board {
	t.Helper()
	b := &board{now: time.Now()}
	devices := device.New(device.Config{DB: d, Drivers: []device.Driver{devicetest.NewLoopback()}})
	b.contacts = contact.New(d, contact.Config{})
	b.Service = status.New(status.Config{DB: d, Devices: devices, Contacts: b.contacts, Now: func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.now
	}})
	dbtest.Migrated(t, d, contact.Module(b.contacts), device.Module(devices), status.Module(b.Service))
	b.Seen.Add("test", func(context.Context, status.Told) error { b.seen++; return nil })
	b.Deleted.Add("test", func(context.Context, status.Told) error { b.deleted++; return nil })
	var err error
	if b.device, err = devices.Create(t.Context(), "w1", devicetest.LoopbackChannel, "Kasir", device.Settings{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *board) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func sari() device.Peer {
	return device.Peer{Name: "Sari", Addresses: []device.Address{{Kind: device.AddressLID, Value: "77"}, {Kind: device.AddressPhone, Value: "6281290641111"}}}
}

// hear has the device see an update of somebody; kind revoke takes back what text names.
func (b *board) hear(t *testing.T, id string, from device.Peer, c device.Content) {
	t.Helper()
	u := device.StatusUpdate{NetworkID: id, Sender: from, FromMe: len(from.Addresses) == 0, At: b.now.UnixMilli(), Content: c}
	if err := b.Heard(t.Context(), device.StatusHeard{Device: b.device, Update: u}); err != nil {
		t.Fatal(err)
	}
}

func (b *board) ids(t *testing.T) (ids []string) {
	t.Helper()
	var before status.Key
	for {
		page, err := b.List(t.Context(), "w1", b.device.ID, before, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page {
			ids = append(ids, u.NetworkID)
			before = status.Key{At: u.At, ID: u.ID}
		}
		if len(page) < 2 {
			return ids
		}
	}
}

func each(t *testing.T, fn func(t *testing.T, b *board)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newBoard(t, d)) })
}

func text(s string) device.Content   { return device.Content{Kind: device.KindText, Text: s} }
func revoke(s string) device.Content { return device.Content{Kind: device.KindRevoke, Target: s} }

func TestUpdatesAreKeptForADay(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.hear(t, "A", sari(), text("satu"))
		b.hear(t, "A", sari(), text("satu")) // the network brings it again
		b.pass(time.Hour)
		for _, id := range []string{"B", "C"} {
			b.hear(t, id, sari(), text(id))
			b.pass(time.Second)
		}
		if got := fmt.Sprint(b.ids(t)); got != "[C B A]" || b.seen != 3 {
			t.Errorf("got %s, told %d times; want C, B and A, each told once", got, b.seen)
		}
		if _, err := b.contacts.Find(t.Context(), "w1", devicetest.LoopbackChannel, sari().Addresses[0]); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("who posts became a contact: %v", err)
		}
		b.pass(23*time.Hour - time.Second)
		if got := fmt.Sprint(b.ids(t)); got != "[C B]" {
			t.Errorf("a day after the first: %s, want C and B", got)
		}
		b.pass(time.Hour)
		if got := b.ids(t); len(got) != 0 {
			t.Errorf("two days later there is %v", got)
		}
		old := device.StatusUpdate{NetworkID: "D", Sender: sari(), At: b.now.Add(-25 * time.Hour).UnixMilli(), Content: text("lama")}
		if err := b.Heard(t.Context(), device.StatusHeard{Device: b.device, Update: old}); err != nil || b.seen != 3 {
			t.Errorf("one that was over when it came: %v, told %d times", err, b.seen)
		}
	})
}

func TestUpdatesAreTakenBackByTheirWriterOnly(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		budi := device.Peer{Addresses: []device.Address{{Kind: device.AddressLID, Value: "88"}}}
		b.hear(t, "A", sari(), text("satu"))
		b.hear(t, "R1", budi, revoke("A"))
		b.hear(t, "R2", device.Peer{}, revoke("A"))
		b.hear(t, "R3", sari(), revoke("Z"))
		if got := b.ids(t); len(got) != 1 || b.deleted != 0 {
			t.Errorf("somebody else took it back: %v, told %d times", got, b.deleted)
		}
		byPhone := device.Peer{Addresses: sari().Addresses[1:]} // the same person, by one address
		b.hear(t, "R4", byPhone, revoke("A"))
		b.hear(t, "R4", byPhone, revoke("A"))
		if got := b.ids(t); len(got) != 0 || b.deleted != 1 {
			t.Errorf("its writer took it back: %v, told %d times; want it gone, told once", got, b.deleted)
		}
	})
}

func TestASettingDropsTheUpdatesOfOthers(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.device.Settings.IgnoreStatuses = true
		b.hear(t, "A", sari(), text("satu"))
		b.hear(t, "B", device.Peer{}, text("dari ponsel sendiri"))
		if got := fmt.Sprint(b.ids(t)); got != "[B]" {
			t.Errorf("got %s, want one's own only", got)
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.hear(t, "A", sari(), text("satu"))
		list, err := b.List(t.Context(), "w1", b.device.ID, status.Key{}, 1)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		ctx, id := t.Context(), list[0].ID
		post := func(said status.Said) error { _, err := b.Post(ctx, "w1", b.device.ID, said); return err }
		media := func(workspaceID, id string) error {
			_, err := b.Media(ctx, workspaceID, b.device.ID, id, status.ToKeep)
			return err
		}
		for what, try := range map[string]struct{ got, want error }{
			"somebody else's":      {b.Delete(ctx, "w1", b.device.ID, id), status.ErrNotOwn},
			"none":                 {b.Delete(ctx, "w1", b.device.ID, "x"), status.ErrNotFound},
			"of another workspace": {b.Delete(ctx, "w2", b.device.ID, id), device.ErrNotFound},
			"a file that is none":  {media("w1", id), status.ErrNoMedia},
			"another's file":       {media("w2", id), device.ErrNotFound},
			"an empty post":        {post(status.Said{Text: " "}), status.ErrText},
			"a device not linked":  {post(status.Said{Text: "Buka"}), device.ErrUnlinked},
			"a text of 4097 signs": {post(status.Said{Text: string(make([]rune, 4097))}), status.ErrText},
		} {
			if !errors.Is(try.got, try.want) {
				t.Errorf("%s: got %v, want %v", what, try.got, try.want)
			}
		}
		if err := b.Forget(ctx, b.device); err != nil || len(b.ids(t)) != 0 {
			t.Errorf("after the device was deleted: %v, %v", b.ids(t), err)
		}
	})
}
