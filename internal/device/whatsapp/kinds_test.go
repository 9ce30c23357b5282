package whatsapp

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

// put sends a content to a phone and returns how the phone shows it.
func (r *rig) put(t *testing.T, to *wasim.Phone, c device.Content) wasim.Message {
	t.Helper()
	id := r.session.(device.NetworkIDer).NewNetworkID()
	if _, err := r.session.Send(ctxOf(t), device.Outgoing{NetworkID: id, To: person1(to), Content: c}); err != nil {
		t.Fatalf("send %+v: %v", c, err)
	}
	m, err := to.Await(ctxOf(t), func(m wasim.Message) bool { return m.ID == id })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// kind waits for what a phone sends as that kind.
func (r *rig) kind(t *testing.T, kind device.Kind, n int) device.Inbound {
	t.Helper()
	var got []device.Inbound
	r.sink.wait(t, string(kind), func() bool {
		got = nil
		for _, m := range r.sink.got {
			if m.Content.Kind == kind {
				got = append(got, m)
			}
		}
		return len(got) >= n
	})
	return got[n-1]
}

// A poll of either side is voted in by the other one, and both read what was chosen, in both forms of addresses.
func TestPollsAreVotedIn(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			r := sqlite(t, wasim.Options{Addressing: form}).link(t)
			budi := r.net.Phone("Budi")
			theirs := write(t, budi, r.phone.Number(), wasim.Content{Poll: &wasim.Poll{Question: "Warna?", Options: []string{"Merah", "Biru"}, Selectable: 1}})
			in := r.kind(t, device.KindPoll, 1)
			if diff := cmp.Diff(&device.Poll{Name: "Warna?", Options: []string{"Merah", "Biru"}, Selectable: 1}, in.Content.Poll); diff != "" {
				t.Errorf("their poll (-want +got):\n%s", diff)
			}
			seen := r.put(t, budi, device.Content{Kind: device.KindVote, Target: theirs, Vote: &device.Vote{Options: []string{"Biru"}}})
			if diff := cmp.Diff([]string{"Biru"}, seen.Votes); seen.Target != theirs || diff != "" {
				t.Errorf("our vote in their poll: %+v (-want +got):\n%s", seen, diff)
			}
			ours := r.put(t, budi, device.Content{Kind: device.KindPoll, Poll: &device.Poll{Name: "Kapan?", Options: []string{"Pagi", "Sore"}}})
			write(t, budi, r.phone.Number(), wasim.Content{Vote: &wasim.Vote{Poll: ours.ID, Options: []string{"Sore", "Pagi"}}})
			vote := r.kind(t, device.KindVote, 1)
			if got := (device.Poll{Options: []string{"Pagi", "Sore"}}).Chosen(*vote.Content.Vote); vote.Content.Target != ours.ID || vote.Content.Vote.Unreadable || len(got) != 2 {
				t.Errorf("their vote in our poll: %+v, chosen %v; want both options", vote.Content, got)
			}
		})
	}
}

func TestHowMessagesAreShown(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	gif := r.put(t, budi, device.Content{Kind: device.KindVideo, Media: &device.Media{Blob: "pic", GIF: true}})
	once := r.put(t, budi, device.Content{Kind: device.KindImage, Media: &device.Media{Blob: "pic", ViewOnce: true}})
	handed := r.put(t, budi, device.Content{Kind: device.KindText, Text: "terusan", Forwarded: 4, Expires: 86400})
	if !gif.GIF || gif.Type != "video" || !once.ViewOnce || once.Type != "image" || handed.Forwarded != 4 || handed.Expires != 86400 {
		t.Errorf("Budi sees %+v, %+v and %+v; want a GIF, a picture to view once, and a text handed on four times that lasts a day", gif, once, handed)
	}
	for _, c := range []wasim.Content{
		{Media: &wasim.Media{Type: "video", Data: pixel(), GIF: true}},
		{Media: &wasim.Media{Type: "image", Data: pixel(), ViewOnce: true}},
		{Media: &wasim.Media{Type: "voice", Data: pixel(), Seconds: 7, Waveform: []byte{1, 50, 99}}},
		{Location: &wasim.Location{Latitude: 1, Longitude: 2, Live: true}},
		{Contacts: []wasim.Card{{Name: "A", VCard: "v"}, {Name: "B", VCard: "w"}}},
		{Text: "@semua", MentionAll: true, Forwarded: 2, Expires: 604800},
	} {
		write(t, budi, r.phone.Number(), c)
	}
	day := 86400
	write(t, budi, r.phone.Number(), wasim.Content{Timer: &day})
	if m := r.kind(t, device.KindVideo, 1).Content.Media; !m.GIF {
		t.Errorf("a GIF came as %+v", m)
	}
	if m := r.kind(t, device.KindImage, 1).Content.Media; !m.ViewOnce {
		t.Errorf("what can be viewed once came as %+v", m)
	}
	if m := r.kind(t, device.KindVoice, 1).Content.Media; m.Seconds != 7 || !bytes.Equal(m.Waveform, []byte{1, 50, 99}) {
		t.Errorf("a voice note came as %+v", m)
	}
	if l := r.kind(t, device.KindLocation, 1).Content.Location; !l.Live || l.Longitude != 2 {
		t.Errorf("a live location came as %+v", l)
	}
	if c := r.kind(t, device.KindContact, 1).Content; len(c.Contacts) != 2 {
		t.Errorf("two contacts came as %+v", c)
	}
	if c := r.kind(t, device.KindText, 1).Content; !c.MentionAll || c.Forwarded != 2 || c.Expires != 604800 {
		t.Errorf("a text to everybody came as %+v", c)
	}
	if c := r.kind(t, device.KindTimer, 1).Content; c.Expires != 86400 {
		t.Errorf("the timer came as %+v", c)
	}
}

// A file that the media hosts have lost is uploaded again by the account's phone.
func TestLostMediaIsUploadedAgain(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	write(t, budi, r.phone.Number(), wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/png", Data: pixel(), Caption: "bukti"}})
	media := *r.sink.message(t, "bukti").Content.Media
	for _, code := range []int{404, 410} {
		if _, err := r.net.AddFault(wasim.Fault{Kind: wasim.FaultMedia, Code: code, Times: 1}); err != nil {
			t.Fatal(err)
		}
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.session.(device.FileDownloader).DownloadTo(ctxOf(t), media, file); err != nil {
			t.Fatalf("after %d: %v", code, err)
		}
		got, err := os.ReadFile(file.Name())
		if err != nil || !bytes.Equal(got, pixel()) {
			t.Errorf("after %d: %d bytes, %v; want the %d that were sent", code, len(got), err, len(pixel()))
		}
		_ = file.Close()
	}
	unknown := media
	unknown.Remote = bytes.ReplaceAll(unknown.Remote, []byte(`"id":"`), []byte(`"id":"X`))
	if _, err := r.net.AddFault(wasim.Fault{Kind: wasim.FaultMedia, Code: 404, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.(device.Downloader).Download(ctxOf(t), unknown); !errors.Is(err, device.ErrMediaGone) {
		t.Errorf("a file that the phone doesn't know: %v, want ErrMediaGone", err)
	}
}
