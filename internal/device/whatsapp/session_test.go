package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/wasim"
)

func sqlite(t testing.TB, opts wasim.Options) *rig {
	t.Helper()
	return newRig(t, dbtest.SQLite(t), opts)
}

func write(t testing.TB, from *wasim.Phone, to string, c wasim.Content) string {
	t.Helper()
	id, err := from.Send(ctxOf(t), to, c)
	if err != nil {
		t.Fatalf("%s writes: %v", from.Name(), err)
	}
	return id
}

func TestTextBothWays(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) { textBothWays(t, newRig(t, d, wasim.Options{Addressing: form}).link(t)) })
		})
	}
}

func textBothWays(t *testing.T, r *rig) {
	budi := r.net.Phone("Budi")
	write(t, budi, r.phone.Number(), wasim.Content{Text: "Halo"})
	in := r.sink.message(t, "Halo")
	if in.Chat.Address(device.AddressLID) != budi.LID() || in.Chat.Address(device.AddressPhone) != budi.Number() {
		t.Errorf("chat = %+v, want both addresses of Budi (%s, %s)", in.Chat, budi.LID(), budi.Number())
	}
	if in.FromMe || in.Chat.Name != "Budi" || in.At == 0 || len(in.Raw) == 0 || in.Sender.Address(device.AddressLID) != budi.LID() {
		t.Errorf("got %+v, want a message of Budi with time and raw form", in)
	}

	sent := r.send(t, budi, device.Content{Kind: device.KindText, Text: "Halo juga"})
	if sent.At == 0 || len(sent.Raw) == 0 || len(sent.Learned) != 1 || sent.Learned[0].Value != budi.LID() {
		t.Errorf("sent = %+v, want a time, the raw form and Budi's LID", sent)
	}
	if m := r.await(t, budi, "Halo juga"); m.From != r.phone.Number() {
		t.Errorf("from = %s, want %s", m.From, r.phone.Number())
	}
	if err := budi.Read(ctxOf(t), r.phone.Number()); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []device.ReceiptKind{device.ReceiptDelivered, device.ReceiptRead} {
		r.sink.wait(t, "the receipt "+string(kind), func() bool {
			return slices.ContainsFunc(r.sink.receipts, func(got device.Receipt) bool {
				return got.Kind == kind && len(got.NetworkIDs) == 1 && got.Chat.Address(device.AddressLID) == budi.LID() && got.At > 0
			})
		})
	}
}

// A number that was never written to before is found at the network first; a first contact needs no message in.
func TestSendToStranger(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "Promo"})
	r.await(t, budi, "Promo")

	_, err := r.session.Send(ctxOf(t), device.Outgoing{
		NetworkID: "3EB000000000000000000A", Content: device.Content{Kind: device.KindText, Text: "x"},
		To: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281000000001"}}},
	})
	if got := device.AsSendError(err); got.Class != device.SendGiveUp || got.Code != "not_on_whatsapp" {
		t.Errorf("send to nobody: got %v, want give_up not_on_whatsapp", err)
	}
}

func TestFromThePhoneItself(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	write(t, budi, r.phone.Number(), wasim.Content{Text: "Halo"})
	r.sink.message(t, "Halo")
	write(t, r.phone, budi.Number(), wasim.Content{Text: "Saya balas dari HP"})
	in := r.sink.message(t, "Saya balas dari HP")
	if !in.FromMe || in.Chat.Address(device.AddressPhone) != budi.Number() || in.Chat.Address(device.AddressLID) != budi.LID() || len(in.Sender.Addresses) != 0 {
		t.Errorf("got %+v, want an own message in the chat with Budi", in)
	}
	if err := r.phone.StartTyping(ctxOf(t), budi.Number()); err != nil {
		t.Fatal(err)
	}
	if err := r.phone.Read(ctxOf(t), budi.Number()); err != nil {
		t.Fatal(err)
	}
	r.sink.wait(t, "read on the phone", func() bool {
		return slices.ContainsFunc(r.sink.receipts, func(g device.Receipt) bool {
			return g.Kind == device.ReceiptReadSelf && g.Chat.Address(device.AddressLID) == budi.LID()
		})
	})
	r.sink.wait(t, "typing on the phone", func() bool {
		return slices.ContainsFunc(r.sink.typing, func(g device.Typing) bool {
			return g.FromMe && g.On && g.Chat.Address(device.AddressLID) == budi.LID()
		})
	})
}

func TestTyping(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	if err := budi.StartTyping(ctxOf(t), r.phone.Number()); err != nil {
		t.Fatal(err)
	}
	r.sink.wait(t, "Budi types", func() bool {
		return slices.ContainsFunc(r.sink.typing, func(g device.Typing) bool { return !g.FromMe && g.On })
	})
	if err := r.session.(device.Typer).Typing(ctxOf(t), person1(budi), true); err != nil {
		t.Fatal(err)
	}
	if _, err := budi.AwaitSeen(ctxOf(t), r.phone.Number(), func(s wasim.Seen) bool { return s.Typing != "" && s.Typing != "paused" }); err != nil {
		t.Errorf("Budi does not see us typing: %v", err)
	}
}

func TestMediaBothWays(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	write(t, budi, r.phone.Number(), wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/png", Data: pixel(), Caption: "bukti transfer"}})
	in := r.sink.message(t, "bukti transfer")
	if in.Content.Kind != device.KindImage || in.Content.Media == nil {
		t.Fatalf("got %+v, want an image", in.Content)
	}
	down := r.session.(device.Downloader)
	got, err := down.Download(ctxOf(t), *in.Content.Media)
	if err != nil || !bytes.Equal(got, pixel()) {
		t.Errorf("Download = %d bytes, %v; want the %d that were sent", len(got), err, len(pixel()))
	}
	spoilt := *in.Content.Media
	spoilt.Remote = bytes.Replace(spoilt.Remote, []byte(`"sha256":"`), []byte(`"sha256":"AAAA`), 1)
	if _, err := down.Download(ctxOf(t), spoilt); err == nil {
		t.Error("Download took a reference with a wrong hash")
	}

	for kind, blob := range map[device.Kind]string{
		device.KindImage: "pic", device.KindVideo: "pic", device.KindAudio: "pic", device.KindVoice: "pic", device.KindDocument: "text", device.KindSticker: "webp",
	} {
		c := device.Content{Kind: kind, Media: &device.Media{Blob: blob, Filename: "berkas.bin"}}
		id := r.session.(device.NetworkIDer).NewNetworkID()
		if _, err := r.session.Send(ctxOf(t), device.Outgoing{NetworkID: id, To: person1(budi), Content: c}); err != nil {
			t.Fatalf("send %s: %v", kind, err)
		}
		m, err := budi.Await(ctxOf(t), func(m wasim.Message) bool { return m.ID == id })
		if err != nil || m.Type != string(kind) {
			t.Fatalf("Budi got %+v, %v; want %s", m, err, kind)
		}
		data, err := budi.Media(ctxOf(t), id)
		if want := r.driver.blobs.(blobs)[blob]; err != nil || !bytes.Equal(data, want) {
			t.Errorf("Budi's file of %s has %d bytes, %v; want %d", kind, len(data), err, len(want))
		}
	}
}

func TestSendRefusesFiles(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	for name, c := range map[string]struct {
		content device.Content
		code    string
	}{
		"no blob":        {device.Content{Kind: device.KindImage, Media: &device.Media{}}, "media_missing"},
		"sticker no web": {device.Content{Kind: device.KindSticker, Media: &device.Media{Blob: "pic"}}, "sticker_not_webp"},
		"unknown kind":   {device.Content{Kind: device.KindUnknown}, "unsupported"},
		"no text":        {device.Content{Kind: device.KindText}, "incomplete"},
	} {
		_, err := r.session.Send(ctxOf(t), device.Outgoing{NetworkID: "X" + name, To: person1(budi), Content: c.content})
		if got := device.AsSendError(err); got.Class != device.SendGiveUp || got.Code != c.code {
			t.Errorf("%s: got %v, want give_up %s", name, err, c.code)
		}
	}
	if n := len(budi.Messages(r.phone.Number(), "")); n != 0 {
		t.Errorf("Budi got %d messages, want none", n)
	}
}

func TestMarkRead(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	id := write(t, budi, r.phone.Number(), wasim.Content{Text: "Halo"})
	in := r.sink.message(t, "Halo")
	if err := r.session.(device.Reader).MarkRead(ctxOf(t), in.Chat, in.Sender, []string{id}); err != nil {
		t.Fatal(err)
	}
	_, err := budi.Await(ctxOf(t), func(m wasim.Message) bool { return m.ID == id && m.Status == wasim.StatusRead })
	if err != nil {
		t.Errorf("Budi does not see it read: %v", err)
	}
}

// A message that could not be kept is not acknowledged: it comes again with the next connection, although the
// keys that it was encrypted with are used up.
func TestKeptOnlyOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, wasim.Options{}).link(t)
		budi := r.net.Phone("Budi")
		if err := r.stop(); err != nil {
			t.Fatalf("stop: %v", err)
		}
		full := errors.New("disk is full")
		r.sink.note(func() { r.sink.fail = func(device.Inbound) error { return full } })
		write(t, budi, r.phone.Number(), wasim.Content{Text: "satu"})
		write(t, budi, r.phone.Number(), wasim.Content{Text: "dua"})
		for range 20 { // each end comes while the library is busy with the second message
			if err := r.ended(t, r.open(t)); !errors.Is(err, full) {
				t.Fatalf("Run = %v, want the sink's error", err)
			}
		}
		r.sink.note(func() { r.sink.fail = nil })
		r.run(t)
		for _, text := range []string{"satu", "dua"} {
			if m := r.sink.message(t, text); m.Origin != device.OriginOffline || m.NetworkID == "" {
				t.Errorf("%s came as %s, want offline", text, m.Origin)
			}
		}
		write(t, budi, r.phone.Number(), wasim.Content{Text: "tiga"})
		r.sink.message(t, "tiga")
		if err := r.phone.Settle(ctxOf(t), r.device.Account.Address); err != nil {
			t.Errorf("something stays unacknowledged: %v", err)
		}
		r.sink.note(func() {
			if n := len(slices.DeleteFunc(slices.Clone(r.sink.got), func(m device.Inbound) bool { return m.Origin == device.OriginHistory })); n != 3 {
				t.Errorf("got %d messages, want 3: %v", n, r.sink.got)
			}
		})
		if n := budi.Counters().RetriesAnswered; n != 0 {
			t.Errorf("Budi had to send %d messages again", n)
		}
	})
}

// A node that lost the device must not decrypt for it: the new owner would find its sessions moved on.
func TestFence(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "dulu"})
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	fenced := errors.New("another node has it")
	r.sink.note(func() { r.sink.fence = fenced })
	write(t, budi, r.phone.Number(), wasim.Content{Text: "untuk pemilik baru"})
	s := r.open(t)
	if err := r.ended(t, s); !errors.Is(err, fenced) {
		t.Fatalf("Run = %v, want the fence's error", err)
	}
	r.sink.note(func() { r.sink.fence = nil })
	r.run(t)
	r.sink.message(t, "untuk pemilik baru")
	r.sink.note(func() { r.sink.fence = fenced })
	_, err := r.session.Send(ctxOf(t), device.Outgoing{NetworkID: "3EB0FENCED", To: person1(budi), Content: device.Content{Kind: device.KindText, Text: "jangan"}})
	if got := device.AsSendError(err); got.Class != device.SendRetry {
		t.Errorf("Send behind the fence = %v, want retry", err)
	}
	r.sink.note(func() { r.sink.fence = nil })
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "boleh"})
	r.await(t, budi, "boleh")
	if slices.ContainsFunc(budi.Messages(r.phone.Number(), ""), func(m wasim.Message) bool { return m.Text == "jangan" }) {
		t.Error("a message went out behind the fence")
	}
}

// The same id sent twice is one message.
func TestSameIDTwice(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	out := device.Outgoing{NetworkID: "3EB0AAAAAAAAAAAAAAAAAA", To: person1(budi), Content: device.Content{Kind: device.KindText, Text: "sekali"}}
	for range 2 {
		if _, err := r.session.Send(ctxOf(t), out); err != nil {
			t.Fatal(err)
		}
	}
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "akhir"})
	r.await(t, budi, "akhir")
	if got := budi.Messages(r.phone.Number(), ""); len(got) != 2 {
		t.Errorf("Budi has %d messages, want 2: %v", len(got), got)
	}
}

func TestUnlink(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	if err := r.session.Unlink(ctxOf(t)); err != nil {
		t.Fatalf("Unlink: %v", err)
	}
	var end *device.EndError
	if err := r.stop(); err != nil && (!errors.As(err, &end) || end.State != device.StateLoggedOut) {
		t.Errorf("Run = %v, want logged out", err)
	}
	if c := r.phone.Companions(); len(c) != 0 {
		t.Errorf("the phone still lists %v", c)
	}
	if _, err := r.driver.Open(ctxOf(t), r.device, r.sink); !errors.Is(err, device.ErrNotLinked) {
		t.Errorf("Open after Unlink = %v, want ErrNotLinked", err)
	}
	for range 2 {
		if err := r.driver.Forget(ctxOf(t), r.device); err != nil {
			t.Errorf("Forget: %v", err)
		}
	}
	if err := r.session.Unlink(ctxOf(t)); err != nil {
		t.Errorf("Unlink twice: %v", err)
	}
}

// Unlinking works between connections, too.
func TestUnlinkWithoutRun(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if err := r.open(t).Unlink(ctxOf(t)); err != nil {
		t.Fatalf("Unlink: %v", err)
	}
	if c := r.phone.Companions(); len(c) != 0 {
		t.Errorf("the phone still lists %v", c)
	}
}

func TestLinkByCode(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	linked := make(chan error, 1)
	steps := r.attempt(t, device.LinkRequest{Method: device.LinkCode, Phone: r.phone.Number()}, func(code string) {
		_, err := r.phone.EnterCode(ctxOf(t), code)
		linked <- err
	})
	if last := steps[len(steps)-1]; last.Code != device.StepDone {
		t.Fatalf("steps = %+v, want done at the end", steps)
	}
	r.run(t)
	if err := <-linked; err != nil {
		t.Errorf("the phone: %v", err)
	}
	if r.device.Account.Number != r.phone.Number() || r.device.Account.LID != r.phone.LID() {
		t.Errorf("account = %+v, want number and LID of the phone", r.device.Account)
	}
}

func TestLinkFails(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	for want, req := range map[string]device.LinkRequest{
		reasonMethod: {Method: "smoke"},
		reasonPhone:  {Method: device.LinkCode, Phone: "0812345678"},
	} {
		steps := r.attempt(t, req, nil)
		if last := steps[len(steps)-1]; last.Code != device.StepFailed || last.Reason != want {
			t.Errorf("%+v: got %+v, want failed %s", req, last, want)
		}
	}
	r.sink.refuse = fault.New(fault.Conflict, "number_taken", fault.Text{})
	steps := r.attempt(t, device.LinkRequest{Method: device.LinkQR}, func(code string) { _, _ = r.phone.Scan(ctxOf(t), code) })
	if last := steps[len(steps)-1]; last.Code != device.StepFailed || last.Reason != "number_taken" {
		t.Errorf("refused: got %+v, want failed number_taken", last)
	}
	if _, err := r.driver.Open(ctxOf(t), r.device, r.sink); !errors.Is(err, device.ErrNotLinked) {
		t.Errorf("Open after a refused link = %v, want ErrNotLinked", err)
	}
	if all, err := r.driver.container.GetAllDevices(ctxOf(t)); err != nil || len(all) != 0 {
		t.Errorf("a failed link left %d keys, %v", len(all), err)
	}
}

func TestLinkCancelled(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	ctx, cancel := context.WithCancel(ctxOf(t))
	var steps []device.Step
	err := r.driver.Link(ctx, r.device, device.LinkRequest{Method: device.LinkQR}, r.sink, func(s device.Step) {
		if steps = append(steps, s); s.Code == device.StepShowCode {
			if time.Until(time.UnixMilli(s.ExpiresAt)) < 10*time.Second {
				t.Errorf("the code expires at %d, too soon", s.ExpiresAt)
			}
			cancel()
		}
	})
	if err != nil || len(r.sink.linked) != 0 || steps[len(steps)-1].Code == device.StepDone {
		t.Errorf("Link = %v, steps %v, linked %v; want nothing", err, steps, r.sink.linked)
	}
}

func TestOpenUnknown(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	for _, address := range []string{"", "rubbish", "628111:1@s.whatsapp.net", "@"} {
		r.device.Account.Address = address
		if _, err := r.driver.Open(ctxOf(t), r.device, r.sink); !errors.Is(err, device.ErrNotLinked) {
			t.Errorf("Open(%q) = %v, want ErrNotLinked", address, err)
		}
		if err := r.driver.Forget(ctxOf(t), r.device); err != nil {
			t.Errorf("Forget(%q) = %v", address, err)
		}
	}
}
