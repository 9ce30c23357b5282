package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

func jpegBytes(word string) []byte { return append([]byte{0xff, 0xd8, 0xff, 0xe0}, word...) }

func lidAddress(p *wasim.Phone) device.Address {
	return device.Address{Kind: device.AddressLID, Value: p.LID()}
}

func phoneAddress(p *wasim.Phone) device.Address {
	return device.Address{Kind: device.AddressPhone, Value: p.Number()}
}

func TestNumbersAreFound(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi, warung := r.net.Phone("Budi"), r.net.Phone("Warung")
	warung.SetBusiness(&wasim.Business{Name: "Warung Bu Tini"})
	got, err := r.session.(device.NumberFinder).FindNumbers(ctxOf(t), []string{warung.Number(), "6281200000001", budi.Number()})
	if err != nil {
		t.Fatal(err)
	}
	want := []device.Number{
		{Phone: warung.Number(), Registered: true, Name: "Warung Bu Tini", Addresses: []device.Address{phoneAddress(warung), lidAddress(warung)}},
		{Phone: "6281200000001"},
		{Phone: budi.Number(), Registered: true, Addresses: []device.Address{phoneAddress(budi), lidAddress(budi)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestWhatAPersonShows(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi, warung := r.net.Phone("Budi"), r.net.Phone("Warung")
	if err := errors.Join(budi.SetAbout(ctxOf(t), "Sibuk"), budi.SetPicture(ctxOf(t), jpegBytes("budi"))); err != nil {
		t.Fatal(err)
	}
	warung.SetBusiness(&wasim.Business{
		Name: "Warung", Address: "Jl. Melati 1", Email: "tini@example.com", Category: "Restoran", Timezone: "Asia/Jakarta",
		Hours: []wasim.BusinessHours{{Day: "mon", Mode: "specific_hours", Open: 480, Close: 1020}},
	})
	ask := r.session.(device.Profiler)
	got, err := ask.ShownBy(ctxOf(t), person1(budi))
	if err != nil || got.About != "Sibuk" || got.PictureID != budi.Profile().PictureID || got.Business != nil ||
		!cmp.Equal(got.Addresses, []device.Address{phoneAddress(budi), lidAddress(budi)}) {
		t.Errorf("Budi shows %+v, %v", got, err)
	}
	got, err = ask.ShownBy(ctxOf(t), person1(warung))
	want := &device.Business{
		Address: "Jl. Melati 1", Email: "tini@example.com", Categories: []string{"Restoran"}, Timezone: "Asia/Jakarta",
		Hours: []device.OpenHours{{Day: "mon", Mode: "specific_hours", Open: "480", Close: "1020"}},
	}
	if diff := cmp.Diff(want, got.Business); err != nil || diff != "" {
		t.Errorf("the business shows %v (-want +got):\n%s", err, diff)
	}
	if _, err := ask.ShownBy(ctxOf(t), device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281200000001"}}}); !errors.Is(err, device.ErrUnregistered) {
		t.Errorf("nobody shows %v, want ErrUnregistered", err)
	}
	if _, err := ask.ShownBy(ctxOf(t), device.Peer{Group: true, Addresses: []device.Address{{Kind: device.AddressGroup, Value: "1203"}}}); !errors.Is(err, device.ErrUnregistered) {
		t.Errorf("a group shows %v, want ErrUnregistered", err)
	}
}

func TestPicturesAreFetched(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	fetch := r.session.(device.Portraitist)
	if _, err := fetch.PictureOf(ctxOf(t), person1(budi), ""); !errors.Is(err, device.ErrNoPicture) {
		t.Errorf("without one: %v, want ErrNoPicture", err)
	}
	if err := budi.SetPicture(ctxOf(t), jpegBytes("budi")); err != nil {
		t.Fatal(err)
	}
	got, err := fetch.PictureOf(ctxOf(t), person1(budi), "")
	if err != nil || !bytes.Equal(got.Data, jpegBytes("budi")) || got.ID == "" {
		t.Fatalf("the picture: %+v, %v", got, err)
	}
	if again, err := fetch.PictureOf(ctxOf(t), person1(budi), got.ID); err != nil || again.ID != got.ID || again.Data != nil {
		t.Errorf("the same again: %+v, %v; want only its id", again, err)
	}
	budi.SetPrivacy("profile", "none")
	if _, err := fetch.PictureOf(ctxOf(t), person1(budi), ""); !errors.Is(err, device.ErrNoPicture) {
		t.Errorf("a hidden one: %v, want ErrNoPicture", err)
	}
}

// A picture's address comes from outside: nothing but the network's own hosts is asked.
func TestAPictureIsFetchedFromTheNetworkOnly(t *testing.T) {
	t.Parallel()
	asked := false
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(trap.Close)
	s := sqlite(t, wasim.Options{}).link(t).session.(*session)
	for _, address := range []string{
		trap.URL, "http://pps.whatsapp.net/x", "https://pps.whatsapp.net:8443/x", "https://whatsapp.net.example/x", "https://a@pps.whatsapp.net/x",
		"https://169.254.169.254/latest", "file:///etc/passwd", "//pps.whatsapp.net/x", "https://evilwhatsapp.net/x", "",
	} {
		if _, err := s.fetchPicture(ctxOf(t), address); !errors.Is(err, errPictureHost) {
			t.Errorf("%q: %v, want errPictureHost", address, err)
		}
	}
	if asked {
		t.Error("somebody else's host was asked")
	}
}

func TestPeopleAreBlocked(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	for range 2 {
		if err := r.session.(device.Blocker).Block(ctxOf(t), person1(budi), device.BlockPerson); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.session.(device.BlockLister).Blocked(ctxOf(t))
	if err != nil || len(got) != 1 || got[0].Address(device.AddressPhone) != budi.Number() || got[0].Address(device.AddressLID) != budi.LID() {
		t.Errorf("blocked: %+v, %v; want Budi by both addresses", got, err)
	}
	if err := r.session.(device.Blocker).Block(ctxOf(t), person1(budi), device.UnblockPerson); err != nil || len(r.phone.Blocked()) != 0 {
		t.Errorf("unblock: %v; the phone still has %v", err, r.phone.Blocked())
	}
}

func TestPeopleAreSavedInTheAddressBook(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	settingsKnown(t, r)
	budi := r.net.Phone("Budi")
	book := r.session.(device.AddressBook)
	for _, name := range []string{"Budi Bengkel", "Budi Bengkel", "Budi Ban", ""} {
		if err := book.Save(ctxOf(t), person1(budi), name); err != nil {
			t.Fatalf("save as %q: %v", name, err)
		}
		awaitBook(t, r.phone, budi.Number(), name)
	}
	hidden := device.Peer{Addresses: []device.Address{{Kind: device.AddressLID, Value: budi.LID()}}}
	if err := book.Save(ctxOf(t), hidden, "Budi"); !errors.Is(err, device.ErrNoPhone) {
		t.Errorf("somebody without a number: %v, want ErrNoPhone", err)
	}
}

// awaitBook waits until the phone has somebody under a name, or not at all.
func awaitBook(t *testing.T, p *wasim.Phone, number, name string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		got, saved := p.AddressBook()[number]
		if got == name && saved == (name != "") {
			return
		}
		select {
		case <-late:
			t.Fatalf("the phone's book has %q, %v; want %q", got, saved, name)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestTheOwnProfileIsChanged(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	settingsKnown(t, r)
	name, about := "Toko Maju", "Buka 08-17"
	if err := r.session.(device.OwnEditor).EditOwn(ctxOf(t), device.OwnChange{Name: &name, About: &about}); err != nil {
		t.Fatal(err)
	}
	if err := r.session.(device.OwnPainter).PaintOwn(ctxOf(t), jpegBytes("toko")); err != nil || !bytes.Equal(r.phone.Picture(), jpegBytes("toko")) {
		t.Fatalf("PaintOwn: %v; the phone shows %q", err, r.phone.Picture())
	}
	got, err := r.session.(device.OwnProfiler).OwnProfile(ctxOf(t))
	want := device.OwnProfile{Name: name, About: about, PictureID: r.phone.Profile().PictureID}
	if err != nil || got != want {
		t.Errorf("OwnProfile = %+v, %v; want %+v", got, err, want)
	}
	budi := r.net.Phone("Budi")
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "halo"})
	r.await(t, budi, "halo")
	if r.phone.Name() != name || r.phone.Profile().About != about {
		t.Errorf("the phone shows %+v", r.phone.Profile())
	}
	if err := r.session.(device.OwnPainter).PaintOwn(ctxOf(t), nil); err != nil || r.phone.Picture() != nil {
		t.Errorf("removing it: %v; the phone shows %q", err, r.phone.Picture())
	}
	if err := r.session.(device.OwnPainter).PaintOwn(ctxOf(t), []byte("<svg/>")); !errors.Is(err, device.ErrPictureFormat) {
		t.Errorf("what is no JPEG: %v, want ErrPictureFormat", err)
	}
}

func TestPresenceAndActivityAreShown(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	ctx, cancel := context.WithTimeout(ctxOf(t), patience)
	defer cancel()
	act := func(a device.Activity, want string) {
		if err := r.session.(device.Actor).Act(ctx, person1(budi), a); err != nil {
			t.Fatal(err)
		}
		if seen, err := budi.AwaitSeen(ctx, r.phone.Number(), func(s wasim.Seen) bool { return s.Typing == want }); err != nil {
			t.Errorf("%s: Budi sees %+v: %v", a, seen, err)
		}
	}
	act(device.ActivityTyping, "composing")
	act(device.ActivityNone, "paused")
	settingsKnown(t, r)
	if err := budi.Watch(r.phone.Number()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []device.Presence{device.PresenceOnline, device.PresenceOffline} {
		if err := r.session.(device.Presenter).Present(ctx, p); err != nil {
			t.Fatal(err)
		}
		if seen, err := budi.AwaitSeen(ctx, r.phone.Number(), func(s wasim.Seen) bool { return s.Online == (p == device.PresenceOnline) }); err != nil {
			t.Errorf("%s: Budi sees %+v: %v", p, seen, err)
		}
	}
	s := r.session.(*session)
	s.client.Store.PushName = ""
	if err := s.Present(ctx, device.PresenceOnline); !errors.Is(err, device.ErrNameless) || s.present.Load() {
		t.Errorf("without a name: %v and shown as online %v, want %v", err, s.present.Load(), device.ErrNameless)
	}
}

// settingsKnown waits until the device has fetched the account's settings, its name among them.
func settingsKnown(t *testing.T, r *rig) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); r.session.(device.Presenter).Present(ctxOf(t), device.PresenceOffline) != nil; {
		if <-tick.C; time.Now().After(end) {
			t.Fatal("the account's name never came")
		}
	}
}

func TestAQuestionWithoutAConnectionSaysSo(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err := r.session.(device.Profiler).ShownBy(ctxOf(t), person1(r.phone))
	if !errors.Is(err, device.ErrOffline) || time.Since(began) > patience/2 {
		t.Errorf("got %v after %s, want ErrOffline at once", err, time.Since(began))
	}
}
