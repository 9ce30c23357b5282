package wasim_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// jpegOf is the beginning of a JPEG with something behind it: the network looks no further.
func jpegOf(word string) []byte { return append([]byte{0xff, 0xd8, 0xff, 0xe0}, word...) }

func lidOf(p *wasim.Phone) types.JID { return types.NewJID(p.LID(), types.HiddenUserServer) }

// fetch opens an address over the network's dialer.
func fetch(t *testing.T, n *wasim.Network, url string) []byte {
	t.Helper()
	dial := &http.Transport{DialContext: n.DialContext, DialTLSContext: n.DialContext, DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(deadline(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: dial}).Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d, %v", url, resp.StatusCode, err)
	}
	return data
}

// other is the next event of a type that is neither a message nor a receipt.
func other[E any](t *testing.T, s *shop) E {
	t.Helper()
	for {
		if e, ok := next(t, s.others).(E); ok {
			return e
		}
	}
}

func TestProfilePictures(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	talk(t, s, budi, "hello")
	if _, err := s.GetProfilePictureInfo(ctx, budi.JID(), nil); !errors.Is(err, whatsmeow.ErrProfilePictureNotSet) {
		t.Errorf("of somebody without one: %v, want not set", err)
	}
	if err := budi.SetPicture(ctx, jpegOf("budi")); err != nil {
		t.Fatal(err)
	}
	if e := other[*events.Picture](t, s); e.JID != lidOf(budi) || e.PictureID == "" || e.Remove {
		t.Errorf("told of the new picture: %+v", e)
	}
	for _, who := range []types.JID{budi.JID(), lidOf(budi)} {
		info, err := s.GetProfilePictureInfo(ctx, who, nil)
		if err != nil {
			t.Fatalf("GetProfilePictureInfo(%s): %v", who, err)
		}
		if got := fetch(t, n, info.URL); !bytes.Equal(got, jpegOf("budi")) {
			t.Errorf("the picture is %q", got)
		}
		if again, err := s.GetProfilePictureInfo(ctx, who, &whatsmeow.GetProfilePictureParams{ExistingID: info.ID}); again != nil || err != nil {
			t.Errorf("the same picture again: %v, %v; want nothing", again, err)
		}
	}
	budi.SetPrivacy("profile", "none")
	if _, err := s.GetProfilePictureInfo(ctx, budi.JID(), nil); !errors.Is(err, whatsmeow.ErrProfilePictureUnauthorized) {
		t.Errorf("of somebody who hides it: %v, want unauthorized", err)
	}
	if err := budi.SetPicture(ctx, nil); err != nil || budi.Picture() != nil {
		t.Errorf("removing it: %v, %q", err, budi.Picture())
	}
	if e := other[*events.Picture](t, s); !e.Remove {
		t.Errorf("told of the removal: %+v", e)
	}
	if err := budi.SetPicture(ctx, make([]byte, 2<<20)); !errors.Is(err, wasim.ErrPicture) {
		t.Errorf("2 MiB: %v, want ErrPicture", err)
	}
}

func TestTheOwnProfileIsSetByACompanion(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	ctx := deadline(t)
	id, err := s.SetGroupPhoto(ctx, types.EmptyJID, jpegOf("toko"))
	if err != nil || id == "" || !bytes.Equal(s.phone.Picture(), jpegOf("toko")) {
		t.Fatalf("SetGroupPhoto: %q, %v; the phone shows %q", id, err, s.phone.Picture())
	}
	if _, err := s.SetGroupPhoto(ctx, types.EmptyJID, []byte("<svg>")); !errors.Is(err, whatsmeow.ErrInvalidImageFormat) {
		t.Errorf("what is no JPEG: %v, want an invalid format", err)
	}
	if _, err := s.SetGroupPhoto(ctx, types.EmptyJID, nil); err != nil || s.phone.Profile().PictureID != "" {
		t.Errorf("removing it: %v, %+v", err, s.phone.Profile())
	}
	about := "Buka 08-17"
	if err := s.SetStatusMessage(ctx, types.SetStatusInput{Text: &about}); err != nil || s.phone.Profile().About != about {
		t.Errorf("about: %v, %+v", err, s.phone.Profile())
	}
	long := strings.Repeat("x", 140)
	if err := s.SetStatusMessage(ctx, types.SetStatusInput{Text: &long}); err == nil {
		t.Error("an about text of 140 characters was taken")
	}
}

func TestWhatAUserQueryTells(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi, warung := openShop(t, n), n.Phone("Budi"), n.Phone("Warung")
	ctx := deadline(t)
	if err := errors.Join(budi.SetAbout(ctx, "Sibuk"), budi.SetPicture(ctx, jpegOf("b"))); err != nil {
		t.Fatal(err)
	}
	warung.SetBusiness(&wasim.Business{
		Name: "Warung Bu Tini", Address: "Jl. Melati 1", Email: "tini@example.com", Category: "Restoran", Timezone: "Asia/Jakarta",
		Hours: []wasim.BusinessHours{{Day: "mon", Mode: "specific_hours", Open: 480, Close: 1020}},
	})
	info, err := s.GetUserInfo(ctx, []types.JID{budi.JID(), warung.JID()})
	if err != nil {
		t.Fatal(err)
	}
	b, w := info[budi.JID()], info[warung.JID()]
	if b.Status != "Sibuk" || b.PictureID != budi.Profile().PictureID || b.LID != lidOf(budi) || b.VerifiedName != nil {
		t.Errorf("Budi is told as %+v", b)
	}
	if w.PictureID != "" || w.Status != "" {
		t.Errorf("the business is told as %+v", w)
	}
	got, err := s.GetBusinessProfile(ctx, warung.JID())
	if err != nil {
		t.Fatal(err)
	}
	want := &types.BusinessProfile{
		JID: warung.JID(), Address: "Jl. Melati 1", Email: "tini@example.com", Categories: []types.Category{{ID: "1", Name: "Restoran"}},
		ProfileOptions: map[string]string{}, BusinessHoursTimeZone: "Asia/Jakarta",
		BusinessHours: []types.BusinessHoursConfig{{DayOfWeek: "mon", Mode: "specific_hours", OpenTime: "480", CloseTime: "1020"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the business profile (-want +got):\n%s", diff)
	}
	if _, err := s.GetBusinessProfile(ctx, budi.JID()); err == nil {
		t.Error("a person has a business profile")
	}
	found, err := s.IsOnWhatsApp(ctx, []string{"+" + warung.Number(), "+6281200000001"})
	if err != nil || len(found) != 2 || !found[0].IsIn || found[0].JID != lidOf(warung) || found[0].VerifiedName.Details.GetVerifiedName() != "Warung Bu Tini" || found[1].IsIn {
		t.Errorf("IsOnWhatsApp = %+v, %v", found, err)
	}
}

func TestWhoIsBlockedReachesNobody(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	talk(t, s, budi, "before")
	list, err := s.UpdateBlocklist(ctx, lidOf(budi), events.BlocklistChangeActionBlock)
	if err != nil || !cmp.Equal(list.JIDs, []types.JID{lidOf(budi)}) || !cmp.Equal(s.phone.Blocked(), []string{budi.Number()}) {
		t.Fatalf("UpdateBlocklist: %+v, %v; the phone has %v", list, err, s.phone.Blocked())
	}
	if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "hello?"}); err != nil {
		t.Fatalf("the blocked one notices: %v", err)
	}
	if err := s.phone.Unblock(budi.Number()); err != nil {
		t.Fatal(err)
	}
	if e := other[*events.Blocklist](t, s); len(e.Changes) != 1 || e.Changes[0].JID != lidOf(budi) || e.Changes[0].Action != events.BlocklistChangeActionUnblock {
		t.Errorf("told of the unblocking: %+v", e)
	}
	talk(t, s, budi, "after")
	for _, m := range s.phone.Messages("", "") {
		if m.Text == "hello?" {
			t.Error("what was written while blocked has come")
		}
	}
	if err := s.phone.Block("0812"); !errors.Is(err, wasim.ErrUnknownNumber) {
		t.Errorf("blocking nobody: %v", err)
	}
}

func TestProfilesOutliveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	budi, sari := n.Phone("Budi"), n.Phone("Sari")
	ctx := context.Background()
	if err := errors.Join(budi.SetPicture(ctx, jpegOf("b")), budi.SetAbout(ctx, "Sibuk"), budi.Block(sari.Number())); err != nil {
		t.Fatal(err)
	}
	budi.SetBusiness(&wasim.Business{Name: "Kopi Budi"})
	before := budi.Profile()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := wasimtest.Network(t, wasim.Options{Dir: dir}).PhoneByNumber(budi.Number())
	if diff := cmp.Diff(before, again.Profile()); diff != "" || !bytes.Equal(again.Picture(), jpegOf("b")) || !cmp.Equal(again.Blocked(), []string{sari.Number()}) {
		t.Errorf("after a restart: picture %q, blocked %v, profile (-before +after):\n%s", again.Picture(), again.Blocked(), diff)
	}
}
