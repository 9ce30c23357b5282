package profile_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/profile"
)

// directory is a network in memory that knows the numbers whose last digit is even, and pictures.
type directory struct {
	*devicetest.Loopback
	mu       sync.Mutex
	asked    []string
	pictures map[string]device.Picture // phone → picture
	fetched  int
}

// Open gives a session that can be asked.
func (n *directory) Open(ctx context.Context, d device.Device, sink device.Sink) (device.Session, error) {
	s, err := n.Loopback.Open(ctx, d, sink)
	return &listed{s, n}, err
}

type listed struct {
	device.Session
	n *directory
}

// FindNumbers knows every other number.
func (l *listed) FindNumbers(_ context.Context, phones []string) ([]device.Number, error) {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	var out []device.Number
	for _, p := range phones {
		l.n.asked = append(l.n.asked, p)
		n := device.Number{Phone: p, Registered: (p[len(p)-1]-'0')%2 == 0}
		if n.Registered {
			n.Addresses = []device.Address{{Kind: device.AddressPhone, Value: p}, {Kind: device.AddressLID, Value: "9" + p}}
		}
		out = append(out, n)
	}
	return out, nil
}

// PictureOf gives what was put there.
func (l *listed) PictureOf(_ context.Context, who device.Peer, known string) (device.Picture, error) {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	p, ok := l.n.pictures[who.Address(device.AddressPhone)]
	switch {
	case !ok:
		return device.Picture{}, device.ErrNoPicture
	case p.ID == known:
		return device.Picture{ID: known}, nil
	}
	l.n.fetched++
	return p, nil
}

func (n *directory) questions() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.asked)
}

func (n *directory) show(phone string, p device.Picture) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pictures[phone] = p
}

// rig is the service over a network in memory, with a clock of its own.
type rig struct {
	*profile.Service
	net      *directory
	contacts *contact.Service
	device   device.Device

	mu  sync.Mutex
	now time.Time
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	r := &rig{net: &directory{Loopback: devicetest.NewLoopback(), pictures: map[string]device.Picture{}}, now: time.Now()}
	devices := device.New(device.Config{DB: d, Drivers: []device.Driver{r.net}})
	r.contacts = contact.New(d, contact.Config{})
	files := file.New(d, blob.Dir(t.TempDir()))
	r.Service = profile.New(profile.Config{DB: d, Devices: devices, Contacts: r.contacts, Files: files, Now: func() time.Time {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.now
	}, Portrait: func(_ context.Context, data []byte, _ int) ([]byte, error) { return data, nil }})
	r.contacts.Merged.Add("profile", r.Merged)
	dbtest.Migrated(t, d, file.Module(files, nil), contact.Module(r.contacts), device.Module(devices), profile.Module(r.Service))
	devicetest.Serve(t, devices)
	r.device = r.net.Connect(t, devices, "w1", "6200")
	return r
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) })
}

func TestAnswersAboutNumbersAreRemembered(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ask := func(phones ...string) []profile.Found {
			t.Helper()
			found, err := r.Lookup(t.Context(), "w1", r.device.ID, phones)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		got := ask("0812 9064 1112", "+62 812-9064-1113", "6281290641112")
		if len(got) != 3 || !got[0].Registered || got[1].Registered || !cmp.Equal(got[0], got[2]) || r.net.questions() != 2 {
			t.Fatalf("got %+v after %d questions, want each number asked for once", got, r.net.questions())
		}
		again := ask("081290641112", "081290641113")
		if diff := cmp.Diff(got[:2], again); diff != "" || r.net.questions() != 2 {
			t.Errorf("asked %d times (-first +again):\n%s", r.net.questions(), diff)
		}
		r.pass(25 * time.Hour)
		if ask("081290641112", "081290641113"); r.net.questions() != 3 {
			t.Errorf("after a day: %d questions, want the unknown number asked for again", r.net.questions())
		}
		r.pass(7 * 24 * time.Hour)
		if ask("081290641112"); r.net.questions() != 4 {
			t.Errorf("after a week: %d questions, want the known number asked for again", r.net.questions())
		}
	})
}

func TestADeviceHasABudgetOfNumbers(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		batch := func(n int) error {
			phones := make([]string, 50)
			for i := range phones {
				phones[i] = fmt.Sprintf("62812906%03d%02d", n, i)
			}
			_, err := r.Lookup(t.Context(), "w1", r.device.ID, phones)
			return err
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken := 0
		for n := range 8 {
			wg.Go(func() {
				err := batch(n)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					taken++
				} else if f, ok := fault.From(err); !ok || !errors.Is(err, profile.ErrBudget) || f.RetryAfter <= 0 || f.RetryAfter > time.Hour {
					t.Errorf("refused with %v", err)
				}
			})
		}
		wg.Wait()
		if taken > 5 || r.net.questions() != 50*taken {
			t.Fatalf("%d batches of 50 were asked at once (%d questions), want at most 250 numbers", taken, r.net.questions())
		}
		for n := 20; n < 30; n++ {
			if batch(n) == nil {
				taken++
			}
		}
		if taken != 5 {
			t.Errorf("%d batches in an hour, want 5", taken)
		}
		r.pass(61 * time.Minute)
		if err := batch(99); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

func TestABadLookupAsksNobody(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for what, try := range map[string]struct {
			workspace, device string
			phones            []string
			want              error
		}{
			"no numbers":          {"w1", r.device.ID, nil, profile.ErrTooMany},
			"101 numbers":         {"w1", r.device.ID, make([]string, 101), profile.ErrTooMany},
			"words":               {"w1", r.device.ID, []string{"081290641112", "pak budi"}, profile.ErrPhone},
			"a stranger's device": {"w2", r.device.ID, []string{"081290641112"}, device.ErrNotFound},
			"no device":           {"w1", "x", []string{"081290641112"}, device.ErrNotFound},
		} {
			if _, err := r.Lookup(t.Context(), try.workspace, try.device, try.phones); !errors.Is(err, try.want) {
				t.Errorf("%s: %v, want %v", what, err, try.want)
			}
		}
		if r.net.questions() != 0 {
			t.Errorf("the network was asked %d times", r.net.questions())
		}
	})
}

func TestPicturesAreKeptAndFollow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		sari, err := r.contacts.Create(ctx, "w1", r.device.Channel, "Sari", "6281290641112")
		if err != nil {
			t.Fatal(err)
		}
		var changes []profile.PictureChange
		r.PictureChanged.Add("test", func(_ context.Context, c profile.PictureChange) error {
			changes = append(changes, c)
			return nil
		})
		if _, err := r.Picture(ctx, "w1", r.device.ID, sari); !errors.Is(err, device.ErrNoPicture) || len(changes) != 0 {
			t.Errorf("without one: %v, %v", err, changes)
		}
		r.net.show(sari.Phone, device.Picture{ID: "1", Data: []byte("\xff\xd8\xff\xe0 one")})
		first, err := r.Picture(ctx, "w1", r.device.ID, sari)
		if err != nil || first == "" {
			t.Fatalf("the first: %q, %v", first, err)
		}
		if again, err := r.Picture(ctx, "w1", r.device.ID, sari); err != nil || again != first || r.net.fetched != 1 {
			t.Errorf("again: %q, %v, fetched %d times; want %q fetched once", again, err, r.net.fetched, first)
		}
		if all, err := r.StoredAll(ctx, "w1"); err != nil || !cmp.Equal(all, map[string]string{sari.ID: first}) {
			t.Errorf("stored: %v, %v", all, err)
		}
		who, err := r.contacts.PeerOf(ctx, sari, r.device.Channel)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Outdate(ctx, r.device, who); err != nil {
			t.Fatal(err)
		}
		if id, err := r.Stored(ctx, "w1", sari.ID); err != nil || id != "" {
			t.Errorf("after the network said it changed: %q, %v", id, err)
		}
		r.net.show(sari.Phone, device.Picture{ID: "2", Data: []byte("<svg onload=alert(1)>")})
		if id, err := r.Picture(ctx, "w1", r.device.ID, sari); !errors.Is(err, device.ErrNoPicture) {
			t.Errorf("what is no picture was kept as %q, %v", id, err)
		}
		if len(changes) != 2 || changes[0].FileID != first || changes[1].FileID != "" {
			t.Errorf("told %+v, want the first and its end", changes)
		}
	})
}
