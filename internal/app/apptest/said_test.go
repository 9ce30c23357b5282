package apptest_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"net/http"
	"slices"
	"testing"

	"github.com/gen2brain/webp"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestWhatIsSaidIsSeenOnTheCustomersPhone sends what is more than a text, and looks at it as the customer does.
func TestWhatIsSaidIsSeenOnTheCustomersPhone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	theirs, _ := s.greet(t)
	chat := s.chats(t, s.device, s.sari.Number())[0]
	t.Run("poll", func(t *testing.T) { s.pollIsVotedIn(t, chat) })
	t.Run("label", func(t *testing.T) { s.messageIsLabelled(t, chat, theirs) })
	t.Run("media", func(t *testing.T) { s.mediaIsSentAgain(t, chat) })
	t.Run("sticker", func(t *testing.T) { s.stickersAreSeen(t, chat) })
}

// says writes into a chat and waits for the message on the customer's phone.
func (s *shop) says(t *testing.T, chat string, body object) (sent messageView, seen wasim.Message) {
	t.Helper()
	if err := s.Post("/api/v1/chats/"+chat+"/messages", body, &sent); err != nil {
		t.Fatal(err)
	}
	seen, err := s.sari.Await(t.Context(), func(m wasim.Message) bool { return m.ID == sent.NetworkID })
	if err != nil {
		t.Fatal(err)
	}
	return sent, seen
}

// pollIsVotedIn has the customer choose, choose otherwise and take it back.
func (s *shop) pollIsVotedIn(t *testing.T, chat string) {
	sent, seen := s.says(t, chat, object{"kind": "poll", "poll": object{"name": "Kapan?", "options": []string{"Pagi", "Sore"}, "selectable": 1}})
	if seen.Poll == nil || seen.Poll.Question != "Kapan?" || !slices.Equal(seen.Poll.Options, []string{"Pagi", "Sore"}) || seen.Poll.Selectable != 1 {
		t.Fatalf("Sari sees the poll %+v", seen.Poll)
	}
	for _, step := range []struct {
		choice []string
		want   []int
	}{{[]string{"Sore"}, []int{0, 1}}, {[]string{"Pagi"}, []int{1, 0}}, {nil, []int{0, 0}}} {
		if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Vote: &wasim.Vote{Poll: seen.ID, Options: step.choice}}); err != nil {
			t.Fatal(err)
		}
		s.Await("the votes to count", func() bool {
			var m struct {
				Content struct{ Poll struct{ Counts []int } }
			}
			return s.Get("/api/v1/messages/"+sent.ID, &m) == nil && slices.Equal(m.Content.Poll.Counts, step.want)
		})
	}
}

// messageIsLabelled puts a label on a message and takes it off, here and on the own phone.
func (s *shop) messageIsLabelled(t *testing.T, chat, theirs string) {
	var label struct{ ID string }
	if err := s.Post("/api/v1/devices/"+s.device+"/labels", object{"name": "Bukti", "color": 2}, &label); err != nil {
		t.Fatal(err)
	}
	message := s.awaitOurs(t, chat, theirs)
	at := "/api/v1/messages/" + message
	var onPhone string
	for _, step := range []struct {
		method string
		n      int
	}{{http.MethodPut, 1}, {http.MethodDelete, 0}} {
		if err := s.Do(step.method, at+"/labels/"+label.ID, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		s.awaitOwner(t, theirs, func(m wasim.Message) bool {
			if len(m.Labels) > 0 {
				onPhone = m.Labels[0]
			}
			return len(m.Labels) == step.n
		})
	}
	for _, on := range []bool{true, false} {
		if err := s.owner(t).Mark(t.Context(), wasim.Mark{Kind: wasim.MarkLabelMessage, ID: theirs, Label: onPhone, On: on}); err != nil {
			t.Fatal(err)
		}
		s.Await("the phone's label on the message", func() bool {
			var m struct{ Labels []string }
			return s.Get(at, &m) == nil && slices.Contains(m.Labels, label.ID) == on
		})
	}
}

// mediaIsSentAgain sends a file by the message that had it: one of theirs, and that one's copy.
func (s *shop) mediaIsSentAgain(t *testing.T, chat string) {
	picture := photograph(t, 120)
	id, err := s.sari.Send(t.Context(), s.number, wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/jpeg", Data: picture, Caption: "bukti"}})
	if err != nil {
		t.Fatal(err)
	}
	of := s.awaitOurs(t, chat, id)
	for range 2 {
		sent, seen := s.says(t, chat, object{"media_of": of, "text": "Ini fotonya"})
		got, err := s.sari.Media(t.Context(), seen.ID)
		if err != nil || seen.Type != "image" || seen.Text != "Ini fotonya" || !bytes.Equal(got, picture) {
			t.Errorf("Sari sees %+v with %d bytes, %v; want the %d of her picture", seen, len(got), err, len(picture))
		}
		of = sent.ID
	}
}

// stickersAreSeen makes stickers of what is none yet; a sticker stays as it is.
func (s *shop) stickersAreSeen(t *testing.T, chat string) {
	var small, large bytes.Buffer
	for b, side := range map[*bytes.Buffer]int{&small: 200, &large: 900} {
		m := image.NewNRGBA(image.Rect(0, 0, side, side))
		m.SetNRGBA(1, 1, color.NRGBA{B: 200, A: 255})
		if err := webp.Encode(b, m); err != nil {
			t.Fatal(err)
		}
	}
	for name, try := range map[string]struct {
		data []byte
		side int
	}{
		"a.jpg": {photograph(t, 700), 512}, "b.webp": {large.Bytes(), 512}, "c.webp": {small.Bytes(), 200},
	} {
		_, seen := s.says(t, chat, object{"kind": "sticker", "file_id": s.upload(t, name, try.data)})
		got, err := s.sari.Media(t.Context(), seen.ID)
		if err != nil {
			t.Fatal(err)
		}
		c, err := webp.DecodeConfig(bytes.NewReader(got))
		if err != nil || seen.Type != "sticker" || seen.MIME != "image/webp" || c.Width != try.side || c.Height != try.side {
			t.Errorf("%s is seen as %s of %s, %d×%d, %v; want a sticker of %d", name, seen.Type, seen.MIME, c.Width, c.Height, err, try.side)
		}
		if name == "c.webp" && !bytes.Equal(got, try.data) {
			t.Error("a good sticker was changed")
		}
	}
	for name, data := range map[string][]byte{
		"bom.png": pictureBomb(t, 30_000), "bom.webp": []byte("RIFF\x12\x00\x00\x00WEBPVP8L\x06\x00\x00\x00\x2f\xff\xff\xff\x0f\x00"),
	} {
		body := object{"kind": "sticker", "file_id": s.upload(t, name, data)}
		s.groupRefuses(t, http.MethodPost, "/api/v1/chats/"+chat+"/messages", body, 422, "picture_too_many_pixels")
	}
}

// pictureBomb is a PNG of a hundred kilobytes that unpacks to side × side pixels, all of them in it.
func pictureBomb(t *testing.T, side int) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	for range side {
		if _, err := z.Write(make([]byte, 1+(side+7)/8)); err != nil { // a filter and a bit for each pixel
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, chunk := range []struct {
		name string
		data []byte
	}{
		{"IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(side)), uint32(side)), 1, 0, 0, 0, 0)},
		{"IDAT", packed.Bytes()},
		{"IEND", nil},
	} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(chunk.data)))
		body := append([]byte(chunk.name), chunk.data...)
		out = binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	return out
}
