package handset

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

func TestEveryKindIsShownAlikeAtBothEnds(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	hers := send(t, b, a, Content{Text: "pertanyaan"})
	await(t, a.h, "the question", byID(hers))
	tests := map[string]struct {
		content Content
		want    Message
	}{
		"reply":    {Content{Text: "jawaban", ReplyTo: hers}, Message{Type: TypeText, Text: "jawaban", ReplyTo: hers}},
		"location": {Content{Location: &Location{Latitude: -6.2, Longitude: 106.8, Name: "Toko"}}, Message{Type: TypeLocation, Text: "Toko", Location: &Location{Latitude: -6.2, Longitude: 106.8, Name: "Toko"}}},
		"contact":  {Content{Contact: &Card{Name: "Cici", VCard: "BEGIN:VCARD"}}, Message{Type: TypeContact, Text: "Cici", Contacts: []Card{{Name: "Cici", VCard: "BEGIN:VCARD"}}}},
		"reaction": {Content{Reaction: &Reaction{To: hers, Emoji: "👍"}}, Message{Type: TypeReaction, Text: "👍", Target: hers}},
		"live place": {
			Content{Location: &Location{Latitude: 1, Longitude: 2, Name: "di jalan", Live: true}},
			Message{Type: TypeLocation, Text: "di jalan", Location: &Location{Latitude: 1, Longitude: 2, Name: "di jalan", Live: true}},
		},
		"contacts": {
			Content{Contacts: []Card{{Name: "Cici", VCard: "a"}, {Name: "Dodi", VCard: "b"}}},
			Message{Type: TypeContact, Text: "Cici", Contacts: []Card{{Name: "Cici", VCard: "a"}, {Name: "Dodi", VCard: "b"}}},
		},
		"poll": {
			Content{Poll: &Poll{Question: "Kapan?", Options: []string{"Senin", "Rabu"}, Selectable: 1}},
			Message{Type: TypePoll, Text: "Kapan?", Poll: &Poll{Question: "Kapan?", Options: []string{"Senin", "Rabu"}, Selectable: 1}},
		},
		"voice": {
			Content{Media: &Media{Type: TypeVoice, Data: []byte("suara"), Seconds: 7, Waveform: []byte{1, 50, 100}}},
			Message{Type: TypeVoice, MIME: "audio/ogg; codecs=opus", Size: 5, Seconds: 7, Waveform: []byte{1, 50, 100}},
		},
		"document": {
			Content{Media: &Media{Type: TypeDocument, MIME: "application/pdf", Data: []byte("%PDF"), Filename: "harga.pdf", Caption: "ini"}},
			Message{Type: TypeDocument, Text: "ini", MIME: "application/pdf", Filename: "harga.pdf", Size: 4},
		},
		"unknown": {
			Content{Raw: &waE2E.Message{ListMessage: &waE2E.ListMessage{Title: proto.String("Menu")}}},
			Message{Type: TypeUnknown},
		},
	}
	for name, test := range tests {
		id := send(t, a, b, test.content)
		theirs := await(t, b.h, name, byID(id))
		own, _ := a.h.Message(id)
		for end, got := range map[string]Message{"recipient": theirs, "sender": own} {
			ignore := cmpopts.IgnoreFields(Message{}, "Seq", "ID", "Chat", "From", "FromMe", "TimestampMS", "Status", "Raw")
			if diff := cmp.Diff(test.want, got, ignore); diff != "" {
				t.Errorf("%s at the %s (-want +got):\n%s", name, end, diff)
			}
			if got.Raw == nil {
				t.Errorf("%s at the %s: the raw message is gone", name, end)
			}
		}
	}
}

func TestATextBringsItsPreview(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	want := Preview{URL: "toko.example", Title: "Toko", Description: "Kue", Thumbnail: []byte{0xff, 0xd8}}
	id := send(t, a, b, Content{Text: "lihat toko.example", Link: &want})
	raw := await(t, b.h, "the text", byID(id)).Raw.GetExtendedTextMessage()
	got := Preview{raw.GetMatchedText(), raw.GetTitle(), raw.GetDescription(), raw.GetJPEGThumbnail()}
	if diff := cmp.Diff(want, got); diff != "" || raw.GetText() != "lihat toko.example" {
		t.Errorf("text %q, preview (-want +got):\n%s", raw.GetText(), diff)
	}
}

func TestEditAndRevokeActOnTheirMessage(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id, other := send(t, a, b, Content{Text: "salha"}), send(t, a, b, Content{Text: "rahasia"})
	send(t, a, b, Content{Edit: &Edit{ID: id, Text: "salah"}})
	send(t, a, b, Content{Revoke: other})
	for _, p := range []*plug{a, b} {
		await(t, p.h, "the edit", func(m Message) bool { return m.ID == id && m.Text == "salah" && m.Edited })
		await(t, p.h, "the revoke", func(m Message) bool { return m.ID == other && m.Status == StatusRevoked })
	}
	var kinds []string
	for _, m := range b.h.Messages("", 0) {
		kinds = append(kinds, m.Type)
	}
	if diff := cmp.Diff([]string{TypeText, TypeText, TypeEdit, TypeRevoke}, kinds); diff != "" {
		t.Errorf("kinds in the chat (-want +got):\n%s", diff)
	}
	for name, c := range map[string]Content{"edit": {Edit: &Edit{ID: id, Text: "x"}}, "revoke": {Revoke: id}} {
		if _, err := b.h.Send(t.Context(), a.acc.PN.User, c); !errors.Is(err, ErrNotOwn) {
			t.Errorf("%s of somebody else's message: got %v, want ErrNotOwn", name, err)
		}
	}
}

func TestStrangersEditChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, b, a, Content{Text: "asli"})
	await(t, a.h, "the text", byID(id))
	forged := send(t, a, b, Content{Raw: &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: &waCommon.MessageKey{ID: &id},
		EditedMessage: &waE2E.Message{Conversation: proto.String("palsu")},
	}}})
	await(t, b.h, "the forged edit", byID(forged))
	if m, _ := b.h.Message(id); m.Text != "asli" || m.Edited {
		t.Errorf("own message after a stranger's edit: got %+v, want it untouched", m)
	}
}

func TestMediaGoesUpEncryptedAndComesDownWhole(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	for _, kind := range []string{TypeImage, TypeVideo, TypeAudio, TypeVoice, TypeDocument, TypeSticker} {
		data := []byte("berkas " + kind + strings.Repeat("x", 5000))
		id := send(t, a, b, Content{Media: &Media{Type: kind, Data: data}})
		if got := await(t, b.h, kind, byID(id)); got.Type != kind || got.Size != int64(len(data)) || got.MIME == "" {
			t.Errorf("%s: got %+v, want its type, size and a MIME type", kind, got)
		}
		got, err := b.h.Media(t.Context(), id)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: got %d bytes, %v; want the %d that were sent", kind, len(got), err, len(data))
		}
	}
	for path, blob := range w.files {
		if bytes.Contains(blob, []byte("berkas")) {
			t.Errorf("file %s lies on the network in the clear", path)
		}
	}
}

func TestDamagedMediaIsRefused(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, a, b, Content{Media: &Media{Type: TypeImage, Data: []byte("gambar")}})
	text := send(t, a, b, Content{Text: "tanpa berkas"})
	await(t, b.h, "the text", byID(text))
	w.mu.Lock()
	for _, blob := range w.files {
		blob[0] ^= 1
	}
	w.mu.Unlock()
	if _, err := b.h.Media(t.Context(), id); !errors.Is(err, ErrDamagedMedia) {
		t.Errorf("damaged file: got %v, want ErrDamagedMedia", err)
	}
	w.mu.Lock()
	clear(w.files)
	w.mu.Unlock()
	if _, err := b.h.Media(t.Context(), id); !errors.Is(err, errWire) {
		t.Errorf("file that is gone: got %v, want the network's error", err)
	}
	if _, err := b.h.Media(t.Context(), text); !errors.Is(err, ErrNoMedia) {
		t.Errorf("text: got %v, want ErrNoMedia", err)
	}
	if _, err := b.h.Media(t.Context(), "?"); !errors.Is(err, ErrNoMessage) {
		t.Errorf("unknown id: got %v, want ErrNoMessage", err)
	}
}

func TestContentMustBeOneThing(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	tests := map[string]struct {
		content Content
		want    error
	}{
		"nothing":        {Content{}, ErrNoContent},
		"two things":     {Content{Text: "x", Revoke: "y"}, ErrNoContent},
		"unknown media":  {Content{Media: &Media{Type: "hologram"}}, ErrMediaType},
		"unknown reply":  {Content{Text: "x", ReplyTo: "?"}, ErrNoMessage},
		"unknown target": {Content{Reaction: &Reaction{To: "?", Emoji: "x"}}, ErrNoMessage},
	}
	for name, test := range tests {
		if _, err := a.h.Send(t.Context(), b.acc.PN.User, test.content); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if got := len(a.h.Messages("", 0)) + len(w.files); got != 0 {
		t.Errorf("messages and files after refused sends: got %d, want none", got)
	}
}

func TestPaddingComesOffAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		padded := pad(plain)
		if n := len(padded) - len(plain); n < 1 || n > 15 {
			t.Fatalf("padding: got %d bytes, want 1 to 15", n)
		}
		if got, err := unpad(padded); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("unpad(pad(%x)): got %x, %v", plain, got, err)
		}
	})
}

func FuzzUnpad(f *testing.F) {
	f.Add([]byte{1})
	f.Add([]byte{})
	f.Add([]byte{0})
	f.Add([]byte{3, 3})
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := unpad(in)
		if err == nil && len(out) >= len(in) {
			t.Errorf("unpad(%x): got %x, want something shorter", in, out)
		}
	})
}

func FuzzDescribe(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var msg waE2E.Message
		if proto.Unmarshal(raw, &msg) != nil {
			return
		}
		var m Message
		describe(&msg, &m)
		if m.Type == "" {
			t.Errorf("describe(%x): no type", raw)
		}
		stanzaType(&msg)
		silentMessage(&msg)
	})
}

func FuzzDecrypt(f *testing.F) {
	f.Add("msg", []byte{0x33})
	f.Add("pkmsg", []byte{0x33, 0x12, 0x01, 0x05})
	f.Add("skmsg", []byte("x"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		w := newWire(t)
		a, b := w.phone("Ani", 1), w.phone("Budi", 2)
		a.h.mu.Lock()
		defer a.h.mu.Unlock()
		if plain, err := a.h.decrypt(t.Context(), b.acc.LID, kind, body); err == nil {
			t.Errorf("decrypt(%q, %x): got %x, want an error", kind, body, plain)
		}
	})
}
