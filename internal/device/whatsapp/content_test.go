package whatsapp

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.json, or writes it.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(got); err != nil {
		t.Fatalf("encode: %v", err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("read the golden file (write it with -update): %v", err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func fill(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

func future(m *waE2E.Message) *waE2E.FutureProofMessage { return &waE2E.FutureProofMessage{Message: m} }

func quoting() *waE2E.ContextInfo {
	return &waE2E.ContextInfo{
		StanzaID: proto.String("3A01"), Participant: proto.String("111@lid"), MentionedJID: []string{"222@lid", "333@lid"},
		QuotedMessage: &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("foto kemarin")}},
	}
}

func image() *waE2E.Message {
	return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		URL: proto.String("https://mmg.whatsapp.net/x"), Mimetype: proto.String("image/jpeg"), Caption: proto.String("struk"),
		DirectPath: proto.String("/v/t62.7118-24/1?ccb=1"), MediaKey: fill(1, 32), FileSHA256: fill(2, 32), FileEncSHA256: fill(3, 32),
		FileLength: proto.Uint64(1234), Width: proto.Uint32(640), Height: proto.Uint32(480), JPEGThumbnail: fill(4, 8), ContextInfo: quoting(),
	}}
}

func incoming() map[string]*waE2E.Message {
	key := &waCommon.MessageKey{ID: proto.String("3A99"), RemoteJID: proto.String("1@lid"), FromMe: proto.Bool(true)}
	voice := &waE2E.AudioMessage{
		Mimetype: proto.String("audio/ogg; codecs=opus"), PTT: proto.Bool(true), Seconds: proto.Uint32(7),
		DirectPath: proto.String("/v/a?x"), MediaKey: fill(1, 32), FileSHA256: fill(2, 32), FileEncSHA256: fill(3, 32),
	}
	doc := &waE2E.DocumentMessage{
		FileName: proto.String("..\\..\\harga\\2026\u202e.pdf"), Mimetype: proto.String("application/pdf"), Caption: proto.String("daftar harga"),
		DirectPath: proto.String("/v/d?x"), MediaKey: fill(1, 32), FileSHA256: fill(2, 32), FileEncSHA256: fill(3, 32),
	}
	return map[string]*waE2E.Message{
		"text":          {Conversation: proto.String("Halo, stok masih ada?")},
		"text_nul":      {Conversation: proto.String("a\x00b\xffc")},
		"text_extended": {ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("iya"), ContextInfo: quoting()}},
		"ephemeral":     {EphemeralMessage: future(&waE2E.Message{Conversation: proto.String("hilang nanti")})},
		"from_phone": {DeviceSentMessage: &waE2E.DeviceSentMessage{
			DestinationJID: proto.String("5@lid"), Message: &waE2E.Message{Conversation: proto.String("dari HP")},
		}},
		"image":             image(),
		"image_view_once":   {ViewOnceMessageV2: future(image())},
		"image_without_key": {ImageMessage: &waE2E.ImageMessage{Caption: proto.String("rusak")}},
		"video": {VideoMessage: &waE2E.VideoMessage{
			Mimetype: proto.String("video/mp4"), Seconds: proto.Uint32(12), Caption: proto.String("demo"),
			DirectPath: proto.String("/v/v?x"), MediaKey: fill(1, 32), FileSHA256: fill(2, 32), FileEncSHA256: fill(3, 32),
		}},
		"video_note":            {PtvMessage: &waE2E.VideoMessage{Mimetype: proto.String("video/mp4"), Seconds: proto.Uint32(3)}},
		"voice":                 {AudioMessage: voice},
		"audio":                 {AudioMessage: &waE2E.AudioMessage{Mimetype: proto.String("audio/mpeg")}},
		"document":              {DocumentMessage: doc},
		"document_with_caption": {DocumentWithCaptionMessage: future(&waE2E.Message{DocumentMessage: doc})},
		"sticker":               {StickerMessage: &waE2E.StickerMessage{Mimetype: proto.String("image/webp"), Width: proto.Uint32(512), Height: proto.Uint32(512)}},
		"location": {LocationMessage: &waE2E.LocationMessage{
			DegreesLatitude: proto.Float64(-6.2), DegreesLongitude: proto.Float64(106.8), Name: proto.String("Monas"), Address: proto.String("Jakarta"),
		}},
		"location_nan":  {LocationMessage: &waE2E.LocationMessage{DegreesLatitude: proto.Float64(math.NaN()), DegreesLongitude: proto.Float64(math.Inf(1))}},
		"location_live": {LiveLocationMessage: &waE2E.LiveLocationMessage{DegreesLatitude: proto.Float64(1), DegreesLongitude: proto.Float64(2), Caption: proto.String("otw")}},
		"contact":       {ContactMessage: &waE2E.ContactMessage{DisplayName: proto.String("Budi"), Vcard: proto.String("BEGIN:VCARD\nEND:VCARD")}},
		"contacts": {ContactsArrayMessage: &waE2E.ContactsArrayMessage{Contacts: []*waE2E.ContactMessage{
			{DisplayName: proto.String("Budi"), Vcard: proto.String("v1")}, {DisplayName: proto.String("Ani"), Vcard: proto.String("v2")},
		}}},
		"poll": {PollCreationMessageV3: &waE2E.PollCreationMessage{
			Name: proto.String("Warna?"), SelectableOptionsCount: proto.Uint32(1),
			Options: []*waE2E.PollCreationMessage_Option{{OptionName: proto.String("Merah")}, {OptionName: proto.String("Biru")}},
		}},
		"reaction":      {ReactionMessage: &waE2E.ReactionMessage{Key: key, Text: proto.String("👍")}},
		"reaction_back": {ReactionMessage: &waE2E.ReactionMessage{Key: key, Text: proto.String("")}},
		"revoke":        {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum(), Key: key}},
		"edit": {EditedMessage: future(&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: key, EditedMessage: &waE2E.Message{Conversation: proto.String("betul")},
		}})},
		"edit_caption": {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: key, EditedMessage: image()}},
		"button_answer": {ButtonsResponseMessage: &waE2E.ButtonsResponseMessage{
			Response: &waE2E.ButtonsResponseMessage_SelectedDisplayText{SelectedDisplayText: "Ya"},
		}},
		"gif": {VideoMessage: &waE2E.VideoMessage{Mimetype: proto.String("video/mp4"), GifPlayback: proto.Bool(true)}},
		"voice_waveform": {AudioMessage: &waE2E.AudioMessage{
			Mimetype: proto.String("audio/ogg; codecs=opus"), PTT: proto.Bool(true), Seconds: proto.Uint32(2), Waveform: fill(50, 64),
		}},
		"voice_view_once":  {ViewOnceMessageV2Extension: future(&waE2E.Message{AudioMessage: voice})},
		"sticker_animated": {StickerMessage: &waE2E.StickerMessage{Mimetype: proto.String("image/webp"), IsAnimated: proto.Bool(true)}},
		"text_link": {ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			Text: proto.String("lihat https://toko.example/x"), MatchedText: proto.String("https://toko.example/x"),
			Title: proto.String("Toko"), Description: proto.String("Batik tulis"), JPEGThumbnail: fill(5, 8),
		}},
		"text_forwarded": {ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("teruskan"), ContextInfo: &waE2E.ContextInfo{
			IsForwarded: proto.Bool(true), ForwardingScore: proto.Uint32(5), Expiration: proto.Uint32(86400),
		}}},
		"text_forwarded_once": {ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			Text: proto.String("teruskan"), ContextInfo: &waE2E.ContextInfo{IsForwarded: proto.Bool(true)},
		}},
		"text_all":    {ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("@semua"), ContextInfo: &waE2E.ContextInfo{NonJIDMentions: proto.Uint32(1)}}},
		"timer":       {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_EPHEMERAL_SETTING.Enum(), EphemeralExpiration: proto.Uint32(604800)}},
		"timer_off":   {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_EPHEMERAL_SETTING.Enum()}},
		"list_answer": {ListResponseMessage: &waE2E.ListResponseMessage{Title: proto.String("Paket B")}},
		"list_offer":  {ListMessage: &waE2E.ListMessage{Title: proto.String("Menu"), Description: proto.String("Pilih satu")}},
		"unknown":     {OrderMessage: &waE2E.OrderMessage{OrderID: proto.String("1")}},
		"poll_vote":   {PollUpdateMessage: &waE2E.PollUpdateMessage{PollCreationMessageKey: key}},
	}
}

func TestContentOf(t *testing.T) {
	t.Parallel()
	for name, m := range incoming() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ok := contentOf(m)
			if !ok {
				t.Fatalf("contentOf(%s) is silent", name)
			}
			golden(t, "in/"+name, c)
		})
	}
}

func TestContentOfSilent(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*waE2E.Message{
		"nil":     nil,
		"empty":   {},
		"context": {MessageContextInfo: &waE2E.MessageContextInfo{MessageSecret: fill(1, 32)}},
		"skdm":    {SenderKeyDistributionMessage: &waE2E.SenderKeyDistributionMessage{GroupID: proto.String("1@g.us")}},
		"history": {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum()}},
		"keys":    {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_SHARE.Enum()}},
		"pin":     {PinInChatMessage: &waE2E.PinInChatMessage{}},
	} {
		if c, ok := contentOf(m); ok {
			t.Errorf("contentOf(%s) = %+v, want silence", name, c)
		}
	}
}

// A message wrapped deeper than anybody does is kept as unknown, and the work stays bounded.
func TestContentOfDeepNesting(t *testing.T) {
	t.Parallel()
	m := &waE2E.Message{Conversation: proto.String("inti")}
	for range 500 {
		m = &waE2E.Message{EphemeralMessage: future(m)}
	}
	if c, ok := contentOf(m); !ok || c.Kind != device.KindUnknown {
		t.Errorf("contentOf(500 wrappers) = %+v, %v, want unknown", c, ok)
	}
	q := &waE2E.Message{Conversation: proto.String("inti")}
	for range 500 {
		q = &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			Text: proto.String("balas"), ContextInfo: &waE2E.ContextInfo{StanzaID: proto.String("1"), QuotedMessage: q},
		}}
	}
	if c, ok := contentOf(q); !ok || c.Quote == nil || c.Quote.Text != "balas" {
		t.Errorf("contentOf(500 quotes) = %+v, %v, want text with one quote", c, ok)
	}
}

func TestContentOfBounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", maxText)
	c, _ := contentOf(&waE2E.Message{Conversation: &long})
	if len(c.Text) > maxText || !utf8.ValidString(c.Text) {
		t.Errorf("text has %d bytes, valid %v; want at most %d, valid", len(c.Text), utf8.ValidString(c.Text), maxText)
	}
	many := &waE2E.ContextInfo{MentionedJID: make([]string, 100_000)}
	c, _ = contentOf(&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("x"), ContextInfo: many}})
	if len(c.Mentions) != maxMentions {
		t.Errorf("mentions = %d, want %d", len(c.Mentions), maxMentions)
	}
}

func FuzzContentOf(f *testing.F) {
	for _, m := range incoming() {
		b, err := proto.Marshal(m)
		if err != nil { // invalid UTF-8 on purpose
			continue
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m waE2E.Message
		if proto.Unmarshal(raw, &m) != nil {
			return
		}
		c, ok := contentOf(&m)
		if ok == (c.Kind == "") {
			t.Fatalf("contentOf = %+v, %v: a content has a kind and silence has none", c, ok)
		}
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatalf("content can't be stored: %v", err)
		}
		if bytes.Contains(b, []byte(`\u0000`)) || len(c.Text) > maxText {
			t.Fatalf("content keeps what the database does not take: %.200s", b)
		}
		if _, err := RawJSON(raw); err != nil {
			t.Fatalf("RawJSON: %v", err)
		}
	})
}

var person = addressee{
	chat: types.NewJID("111", types.HiddenUserServer), own: types.JID{User: "628", Device: 3, Server: types.DefaultUserServer}, secret: fill(8, 32),
}

func outgoing() map[string]device.Content {
	media := &device.Media{MIME: "image/png", Filename: "a.png", Width: 3, Height: 4, Thumbnail: fill(9, 4)}
	return map[string]device.Content{
		"text":          {Kind: device.KindText, Text: "Siap kak"},
		"text_quote":    {Kind: device.KindText, Text: "Siap", Quote: &device.Quote{NetworkID: "3A", Text: "ada?"}, Mentions: []string{"628123", "9@lid"}},
		"text_own":      {Kind: device.KindText, Text: "Siap", Quote: &device.Quote{NetworkID: "3A", Sender: device.TargetSelf}},
		"image":         {Kind: device.KindImage, Text: "foto", Media: media},
		"video":         {Kind: device.KindVideo, Media: &device.Media{Seconds: 5, ViewOnce: true}},
		"audio":         {Kind: device.KindAudio, Media: &device.Media{Seconds: 5}},
		"voice":         {Kind: device.KindVoice, Media: &device.Media{MIME: "audio/ogg", Seconds: 5}},
		"document":      {Kind: device.KindDocument, Text: "ini", Media: &device.Media{MIME: "application/pdf", Filename: "harga.pdf"}},
		"sticker":       {Kind: device.KindSticker, Media: &device.Media{}},
		"location":      {Kind: device.KindLocation, Location: &device.Location{Latitude: -6.2, Longitude: 106.8, Name: "Monas"}},
		"contact":       {Kind: device.KindContact, Contacts: []device.Card{{Name: "Budi", VCard: "v"}}},
		"contacts":      {Kind: device.KindContact, Contacts: []device.Card{{Name: "Budi", VCard: "v"}, {Name: "Ani", VCard: "w"}}},
		"poll":          {Kind: device.KindPoll, Poll: &device.Poll{Name: "Warna?", Options: []string{"Merah", "Biru"}, Selectable: 9}},
		"reaction":      {Kind: device.KindReaction, Text: "👍", Target: "3A"},
		"reaction_own":  {Kind: device.KindReaction, Text: "👍", Target: "3A", TargetSender: device.TargetSelf},
		"reaction_back": {Kind: device.KindReaction, Target: "3A"},
		"gif":           {Kind: device.KindVideo, Media: &device.Media{GIF: true}},
		"video_note":    {Kind: device.KindVideo, Media: &device.Media{Note: true, Seconds: 4}},
		"image_once":    {Kind: device.KindImage, Text: "sekali", Media: &device.Media{ViewOnce: true}},
		"voice_once":    {Kind: device.KindVoice, Media: &device.Media{ViewOnce: true, Waveform: fill(7, 64)}},
		"text_forward":  {Kind: device.KindText, Text: "terusan", Forwarded: 3, Expires: 604800},
		"image_forward": {Kind: device.KindImage, Media: &device.Media{}, Forwarded: 1},
		"text_all":      {Kind: device.KindText, Text: "@semua", MentionAll: true},
		"text_link": {Kind: device.KindText, Text: "lihat https://toko.example/x", Link: &device.Link{
			URL: "https://toko.example/x", Title: "Toko", Description: "Batik", Thumbnail: fill(5, 8),
		}},
		"timer":     {Kind: device.KindTimer, Expires: 86400},
		"timer_off": {Kind: device.KindTimer},
		"edit":      {Kind: device.KindEdit, Text: "betul", Target: "3A"},
		"revoke":    {Kind: device.KindRevoke, Target: "3A"},
	}
}

func uploaded() *whatsmeow.UploadResponse {
	return &whatsmeow.UploadResponse{
		URL: "https://mmg.whatsapp.net/u", DirectPath: "/u?x", MediaKey: fill(1, 32), FileEncSHA256: fill(2, 32), FileSHA256: fill(3, 32), FileLength: 77,
	}
}

func TestMessageOf(t *testing.T) {
	t.Parallel()
	for name, c := range outgoing() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := messageOf(c, uploaded(), person)
			if err != nil {
				t.Fatalf("messageOf(%s): %v", name, err)
			}
			raw, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			js, err := RawJSON(raw)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "out/"+name, js)
			back, ok := contentOf(m)
			if !ok || back.Kind != c.Kind || back.Text != c.Text || back.Target != c.Target || back.Forwarded != c.Forwarded ||
				back.Expires != c.Expires || back.MentionAll != c.MentionAll {
				t.Errorf("read back: got %+v, want kind, text, target and context of %+v", back, c)
			}
			if diff := cmp.Diff(c.Link, back.Link); diff != "" {
				t.Errorf("read back: link (-want +got):\n%s", diff)
			}
			if want, got := c.Media, back.Media; want != nil && (want.GIF != got.GIF || want.Note != got.Note || want.ViewOnce != got.ViewOnce ||
				!bytes.Equal(want.Waveform, got.Waveform)) {
				t.Errorf("read back: media %+v, want %+v", got, want)
			}
		})
	}
}

func TestMessageOfRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]device.Content{
		"empty text":       {Kind: device.KindText},
		"image, no file":   {Kind: device.KindImage},
		"no location":      {Kind: device.KindLocation},
		"no contact":       {Kind: device.KindContact},
		"poll, one option": {Kind: device.KindPoll, Poll: &device.Poll{Name: "x", Options: []string{"a"}}},
		"no target":        {Kind: device.KindReaction, Text: "x"},
		"empty edit":       {Kind: device.KindEdit, Target: "x"},
		"unknown":          {Kind: device.KindUnknown},
	} {
		if m, err := messageOf(c, nil, person); err == nil {
			t.Errorf("messageOf(%s) = %v, want an error", name, m)
		}
	}
}

func TestJIDText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"62812": "62812@s.whatsapp.net", "+62812": "62812@s.whatsapp.net", "phone:62812": "62812@s.whatsapp.net",
		"lid:77": "77@lid", "77@lid": "77@lid", "5@s.whatsapp.net": "5@s.whatsapp.net",
	} {
		if got := jidText(in); got != want {
			t.Errorf("jidText(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCamel(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"URL": "url", "fileSHA256": "fileSha256", "fileEncSHA256": "fileEncSha256", "JPEGThumbnail": "jpegThumbnail",
		"stanzaID": "stanzaId", "remoteJID": "remoteJid", "conversation": "conversation", "fromMe": "fromMe", "PTT": "ptt",
		"mentionedJID": "mentionedJid", "selectableOptionsCount": "selectableOptionsCount",
	} {
		if got := camel(in); got != want {
			t.Errorf("camel(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestReadRemote(t *testing.T) {
	t.Parallel()
	c, _ := contentOf(image())
	r, mt, err := readRemote(c.Media.Remote)
	if err != nil || mt != whatsmeow.MediaImage || r.Path != "/v/t62.7118-24/1?ccb=1" {
		t.Errorf("readRemote = %+v, %q, %v", r, mt, err)
	}
	for _, bad := range []string{"", "{}", "null", `{"type":"x","path":"/a"}`, `{"type":"image","path":"http://x/"}`} {
		if _, _, err := readRemote([]byte(bad)); err == nil {
			t.Errorf("readRemote(%q) took it", bad)
		}
	}
}
