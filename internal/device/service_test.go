package device_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

var quiet = slog.New(slog.DiscardHandler)

// house is a service on a Loopback, not yet running, so that a test can add listeners first.
type house struct {
	*device.Service
	net *devicetest.Loopback
	db  *db.DB
}

func newHouse(t testing.TB, d *db.DB, edit ...func(*device.Config)) house {
	t.Helper()
	h := house{net: devicetest.NewLoopback(), db: d}
	h.Service = h.node(t, edit...)
	return h
}

// node makes a service on the house's network and database: the first one, or another node.
func (h house) node(t testing.TB, edit ...func(*device.Config)) *device.Service {
	t.Helper()
	c := device.Config{DB: h.db, Log: quiet, Drivers: []device.Driver{h.net}}
	for _, e := range edit {
		e(&c)
	}
	s := device.New(c)
	dbtest.Migrated(t, h.db, device.Module(s))
	return s
}

func wait(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), devicetest.Patience)
	t.Cleanup(cancel)
	return ctx
}

// inbox is a listener that remembers what was committed.
type inbox struct {
	mu  sync.Mutex
	got []device.Arrival
}

func (b *inbox) add(ctx context.Context, a device.Arrival) error {
	db.AfterCommit(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, a)
	})
	return nil
}

func (b *inbox) texts() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, a := range b.got {
		out = append(out, a.Inbound.Content.Text)
	}
	return out
}

func TestDevicesOfAWorkspaceAreItsOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, h := context.Background(), newHouse(t, d)
		mine, err := h.Create(ctx, "w1", devicetest.LoopbackChannel, "  Kasir\x00 ", device.Settings{Autoread: true})
		if err != nil {
			t.Fatal(err)
		}
		if mine.Name != "Kasir" || mine.State.Code != device.StateNew || !mine.Settings.Autoread {
			t.Errorf("made %+v, want a new device named Kasir with autoread", mine)
		}
		got, err := h.Get(ctx, "w1", mine.ID)
		if diff := cmp.Diff(mine, got); err != nil || diff != "" {
			t.Errorf("got back (%v) -want +got:\n%s", err, diff)
		}
		name := "x"
		for what, err := range map[string]error{
			"get":    second(h.Get(ctx, "w2", mine.ID)),
			"update": second(h.Update(ctx, "w2", mine.ID, device.Change{Name: &name})),
			"unlink": second(h.Unlink(ctx, "w2", mine.ID)),
			"link":   second(h.StartLink(ctx, "w2", mine.ID, device.LinkRequest{Method: device.LinkQR})),
			"step":   second(h.LinkStep(ctx, "w2", mine.ID)),
			"delete": h.Delete(ctx, "w2", mine.ID),
			"absent": second(h.Get(ctx, "w1", "nobody")),
		} {
			if !errors.Is(err, device.ErrNotFound) {
				t.Errorf("%s by a stranger: got %v, want ErrNotFound", what, err)
			}
		}
		if list, err := h.List(ctx, "w2"); err != nil || len(list) != 0 {
			t.Errorf("the other workspace lists %v, %v", list, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestWhatAMemberMayChangeIsChecked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		h := newHouse(t, d, func(c *device.Config) {
			c.CheckURL = func(u string) error {
				if u != "https://toko.id/hook" {
					return errors.New("not public")
				}
				return nil
			}
		})
		if _, err := h.Create(ctx, "w", "fax", "x", device.Settings{}); !errors.Is(err, device.ErrChannel) {
			t.Errorf("unknown channel: got %v", err)
		}
		for _, name := range []string{"", "  ", string(make([]byte, 5)), string(make([]rune, 101))} {
			if _, err := h.Create(ctx, "w", devicetest.LoopbackChannel, name, device.Settings{}); !errors.Is(err, device.ErrName) {
				t.Errorf("name %q: got %v, want ErrName", name, err)
			}
		}
		dev, err := h.Create(ctx, "w", devicetest.LoopbackChannel, "a", device.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		bad, good, name, blank, yes := "http://127.0.0.1/", "https://toko.id/hook", "b", " \n", true
		if _, err := h.Update(ctx, "w", dev.ID, device.Change{Name: &name, WebhookURL: &bad}); !errors.Is(err, device.ErrWebhook) {
			t.Errorf("bad webhook: got %v, want ErrWebhook", err)
		}
		if got, _ := h.Get(ctx, "w", dev.ID); got.Name != "a" {
			t.Errorf("a refused change left the name %q", got.Name)
		}
		got, err := h.Update(ctx, "w", dev.ID, device.Change{WebhookURL: &good, Autoread: &yes, RejectCallsMessage: &blank})
		if err != nil || got.Settings != (device.Settings{WebhookURL: good, Autoread: true}) || got.Name != "a" {
			t.Errorf("updated to %+v, %v", got, err)
		}
	})
}

func TestADeviceIsLinkedAnswersAndIsUnlinked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var box inbox
		var states []device.StateCode
		var mu sync.Mutex
		online, gone := make(chan device.Live, 4), make(chan device.Live, 4)
		h.Received.Add("inbox", box.add)
		h.StateChanged.Add("states", func(ctx context.Context, c device.StateChange) error {
			db.AfterCommit(ctx, func() { mu.Lock(); states = append(states, c.Device.State.Code); mu.Unlock() })
			return nil
		})
		h.Online.Add(func(_ context.Context, l device.Live) { online <- l })
		h.Gone.Add(func(_ context.Context, l device.Live) { gone <- l })
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		if dev.Account.Number != "62811" || dev.LinkedAt == 0 {
			t.Errorf("linked as %+v at %d", dev.Account, dev.LinkedAt)
		}
		l := <-online
		if _, err := l.Session.Send(wait(t), device.Outgoing{NetworkID: "a", Content: device.Content{Kind: device.KindText, Text: "hai"}}); err != nil {
			t.Fatalf("send: %v", err)
		}
		if err := h.Holds(wait(t), "w", dev.ID, l.Epoch); err != nil {
			t.Errorf("the live device's epoch: %v", err)
		}
		h.net.WriteText(dev.ID, "62822", "Budi", "Halo", 1)
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Halo"}, box.texts()); diff != "" {
			t.Errorf("received -want +got:\n%s", diff)
		}
		got, err := h.Unlink(wait(t), "w", dev.ID)
		if err != nil || got.State.Code != device.StateLoggedOut || h.net.Linked(dev.ID) {
			t.Errorf("unlinked: %+v, %v; the network still knows it: %v", got.State, err, h.net.Linked(dev.ID))
		}
		<-gone
		if _, ok := h.Live(dev.ID); ok {
			t.Error("an unlinked device is live")
		}
		mu.Lock()
		defer mu.Unlock()
		want := []device.StateCode{device.StateLinking, device.StateConnecting, device.StateOnline, device.StateLoggedOut}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("states -want +got:\n%s", diff)
		}
	})
}

func TestPoisonIsKeptAsideAndTheNextMessageFlows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var box inbox
		tries := map[string]int{}
		h.Received.Add("picky", func(_ context.Context, a device.Arrival) error {
			tries[a.Inbound.Content.Text]++
			switch a.Inbound.Content.Text {
			case "panics":
				panic("boom")
			case "fails":
				return errors.New("no")
			case "fails once":
				if tries["fails once"] == 1 {
					return errors.New("not yet")
				}
			}
			return nil
		})
		h.Received.Add("inbox", box.add)
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		for _, text := range []string{"panics", "fails", "fails once", "good"} {
			h.net.WriteText(dev.ID, "62822", "Budi", text, 1)
		}
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"fails once", "good"}, box.texts()); diff != "" {
			t.Errorf("received -want +got:\n%s", diff)
		}
		aside, err := h.Quarantined(wait(t), "w", dev.ID)
		if err != nil {
			t.Fatal(err)
		}
		kept := map[string]bool{}
		for _, m := range aside {
			kept[m.Content.Text] = true
		}
		if diff := cmp.Diff(map[string]bool{"panics": true, "fails": true}, kept); diff != "" {
			t.Errorf("kept aside -want +got:\n%s", diff)
		}
		if tries["panics"] != 3 || tries["fails"] != 3 {
			t.Errorf("tried %v times, want 3 each", tries)
		}
	})
}

// What the database can't do now is not the message's fault: it must not be acknowledged, and comes again.
func TestATransientErrorIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var box inbox
		var failures int
		h.Received.Add("disk", func(context.Context, device.Arrival) error {
			if failures++; failures <= 2 {
				return context.DeadlineExceeded
			}
			return nil
		})
		h.Received.Add("inbox", box.add)
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		h.net.WriteText(dev.ID, "62822", "Budi", "penting", 1)
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
		if aside, err := h.Quarantined(wait(t), "w", dev.ID); err != nil || len(aside) != 0 {
			t.Errorf("kept aside %v, %v; want nothing", aside, err)
		}
		if diff := cmp.Diff([]string{"penting"}, box.texts()); diff != "" {
			t.Errorf("received -want +got:\n%s", diff)
		}
	})
}

func TestASecondDeviceCanNotHaveTheNumber(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		devicetest.Serve(t, h.Service)
		h.net.Connect(t, h.Service, "w", "62811")
		ctx := wait(t)
		other, err := h.Create(ctx, "w", devicetest.LoopbackChannel, "b", device.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		step, err := h.StartLink(ctx, "w", other.ID, device.LinkRequest{Method: device.LinkQR})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.net.Scan(ctx, step.Show, device.Account{Number: "62811"}); err != nil {
			t.Fatal(err)
		}
		step = awaitStep(t, h.Service, other, device.StepFailed)
		if step.Reason != "number_taken" {
			t.Errorf("failed for %q, want number_taken", step.Reason)
		}
		is := func(why string) func(device.State) bool {
			return func(st device.State) bool { return st.Code == device.StateNew && st.Why == why }
		}
		devicetest.AwaitState(t, h.Service, other, is("number_taken")) // for who looks later
		if _, err := h.StartLink(ctx, "w", other.ID, device.LinkRequest{Method: device.LinkQR}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Unlink(ctx, "w", other.ID); err != nil {
			t.Fatal(err)
		}
		devicetest.AwaitState(t, h.Service, other, is(""))
		h.net.Connect(t, h.Service, "another workspace", "62811")
	})
}

func awaitStep(t *testing.T, s *device.Service, d device.Device, want device.StepCode) device.Step {
	t.Helper()
	var step device.Step
	devicetest.Eventually(t, func() bool {
		var err error
		if step, err = s.LinkStep(context.Background(), d.WorkspaceID, d.ID); err != nil {
			t.Fatalf("look at the step: %v", err)
		}
		return step.Code == want
	}, func() string { return fmt.Sprintf("the step stays %+v, want %s", step, want) })
	return step
}

func TestALaterLinkAttemptReplacesTheFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	devicetest.Serve(t, h.Service)
	ctx := wait(t)
	d, err := h.Create(ctx, "w", devicetest.LoopbackChannel, "a", device.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.LinkStep(ctx, "w", d.ID); !errors.Is(err, device.ErrNoLink) {
		t.Errorf("step before any attempt: got %v, want ErrNoLink", err)
	}
	for _, bad := range []device.LinkRequest{{}, {Method: "fax"}} {
		if _, err := h.StartLink(ctx, "w", d.ID, bad); !errors.Is(err, device.ErrMethod) {
			t.Errorf("link by %q: got %v, want ErrMethod", bad.Method, err)
		}
	}
	for _, phone := range []string{"", "0812", "08129064111", "62x81290641", "1234567890123456"} {
		if _, err := h.StartLink(ctx, "w", d.ID, device.LinkRequest{Method: device.LinkCode, Phone: phone}); !errors.Is(err, device.ErrPhone) {
			t.Errorf("link by code with %q: got %v, want ErrPhone", phone, err)
		}
	}
	first, err := h.StartLink(ctx, "w", d.ID, device.LinkRequest{Method: device.LinkQR})
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.StartLink(ctx, "w", d.ID, device.LinkRequest{Method: device.LinkCode, Phone: "+62 812-9064-1111"})
	if err != nil || again.Code != device.StepShowCode || again.Show == first.Show {
		t.Fatalf("second attempt: %+v, %v after %+v", again, err, first)
	}
	if err := h.net.Scan(ctx, first.Show, device.Account{Number: "1"}); err == nil {
		t.Error("the first attempt's code still works")
	}
	if err := h.net.Scan(ctx, again.Show, device.Account{Number: "6281290641111"}); err != nil {
		t.Fatal(err)
	}
	devicetest.AwaitState(t, h.Service, d, func(st device.State) bool { return st.Code == device.StateOnline })
	if _, err := h.StartLink(ctx, "w", d.ID, device.LinkRequest{Method: device.LinkQR}); !errors.Is(err, device.ErrLinked) {
		t.Errorf("link a linked device: got %v, want ErrLinked", err)
	}
	if err := h.Delete(ctx, "w", d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Get(ctx, "w", d.ID); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("get a deleted device: %v", err)
	}
}

// TestAnAccountIsShownAsItsSettingsSay: not at all unless somebody wants it, at once where they do, and with every connection.
func TestAnAccountIsShownAsItsSettingsSay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		online := make(chan device.Live, 4)
		h.Online.Add(func(_ context.Context, l device.Live) { online <- l })
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		<-online
		shown := func(on bool, want ...device.Presence) {
			t.Helper()
			got, err := h.Update(wait(t), "w", dev.ID, device.Change{ShowOnline: &on})
			if err != nil || got.Settings.ShowOnline != on {
				t.Fatalf("Update = %+v, %v; want to be shown: %v", got.Settings, err, on)
			}
			if got, err := h.net.AwaitShown(wait(t), dev.ID, 0); err != nil || !slices.Equal(got, want) {
				t.Errorf("shown %q, %v; want %q", got, err, want)
			}
		}
		shown(false) // as it was: nothing is said
		shown(true, device.PresenceOnline)
		shown(true, device.PresenceOnline)
		h.net.Drop(dev.ID, errors.New("the line is cut"))
		if got, err := h.net.AwaitShown(wait(t), dev.ID, 2); err != nil || !slices.Equal(got, []device.Presence{device.PresenceOnline, device.PresenceOnline}) {
			t.Errorf("on the next connection: %q, %v", got, err)
		}
		shown(false, device.PresenceOnline, device.PresenceOnline, device.PresenceOffline)
	})
}
