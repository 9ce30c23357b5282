package apptest_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestPoison sends from phones what no app would: every message is kept, shortened where it must be, or left out; the
// next one comes in, the lists stay small, and nothing is doubled.
func TestPoison(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, from := history(t, s.Server, 0, "")
	for i, name := range poisonNames() {
		p := s.net.Phone(name)
		text := fmt.Sprint("nama ", i)
		says(t, p, s.number, text)
		s.hearsOnce(t, from, []string{text})
		for _, c := range s.threads(t, p) {
			if r := []rune(c.Contact.Name); len(r) > 200 || strings.ContainsFunc(c.Contact.Name, func(r rune) bool { return r < ' ' }) {
				t.Errorf("name %d is shown with %d characters: %.40q", i, len(r), c.Contact.Name)
			}
		}
	}
	for i, at := range []int64{-1, 0, 1, 253402300800, 1 << 62} {
		fault := s.spoil(t, wasim.Fault{Kind: wasim.FaultTimestamp, At: at, Number: s.number, To: s.sari.Number(), Times: 1})
		text := fmt.Sprint("waktu ", i)
		says(t, s.sari, s.number, text)
		s.hearsOnce(t, from, []string{text})
		s.net.RemoveFault(fault)
	}
	if newest := s.history(t, s.device, s.sari.Number()); len(newest) == 0 || !slices.ContainsFunc(newest, func(m messageView) bool { return m.Content.Text == "waktu 0" }) {
		t.Errorf("the chat has %+v", newest)
	}
	for name, m := range poison() {
		if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Raw: m}); err != nil {
			t.Errorf("%s could not be sent: %v", name, err)
		}
		says(t, s.sari, s.number, "setelah "+name)
		s.hearsOnce(t, from, []string{"setelah " + name})
	}
	s.sameID(t, from)
	s.listsStaySmall(t)
	if d := s.look(t, s.device); d.State != "online" {
		t.Errorf("the device is %+v", d)
	}
	if stats := s.net.Stats(); stats.MostSocketsPerDevice != 1 || stats.Queued > 20 {
		t.Errorf("%d stanzas are still queued, %d sockets at once", stats.Queued, stats.MostSocketsPerDevice)
	}
	s.talks(t, s.device, s.number, s.sari, "sesudahnya")
	s.noPanic(t)
}

// poisonNames are what people can call themselves on a network that does not look.
func poisonNames() []string {
	return []string{
		strings.Repeat("Nama Panjang ", 800), "   \t  ", "\u202egnis rotareposO\u202c", "Admin\x00\x07\x1b[31m", "<script>alert(1)</script>",
		"=HYPERLINK(\"http://example.com\")", strings.Repeat("\u0301", 3000) + "x", "\xff\xfe\x80", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
	}
}

// poison are messages that no app would send.
func poison() map[string]*waE2E.Message {
	mentions := make([]string, 100_000)
	for i := range mentions {
		mentions[i] = fmt.Sprintf("62812%08d@s.whatsapp.net", i)
	}
	quoted := &waE2E.Message{Conversation: proto.String("dasar")}
	wrapped := &waE2E.Message{Conversation: proto.String("inti")}
	for i := range 100 {
		quoted = &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			Text: proto.String(fmt.Sprint("kutipan ", i)), ContextInfo: &waE2E.ContextInfo{StanzaID: proto.String("X"), QuotedMessage: quoted},
		}}
		wrap := &waE2E.FutureProofMessage{Message: wrapped}
		wrapped = []*waE2E.Message{{ViewOnceMessage: wrap}, {EphemeralMessage: wrap}, {EditedMessage: wrap}, {DocumentWithCaptionMessage: wrap}}[i%4]
	}
	inf := func() *float64 { return proto.Float64(1e308) }
	return map[string]*waE2E.Message{
		"5 MB":            {Conversation: proto.String(strings.Repeat("kata ", 1<<20))},
		"100,000 names":   {ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("semua"), ContextInfo: &waE2E.ContextInfo{MentionedJID: mentions}}},
		"a hundred boxes": wrapped, "a hundred quotes": quoted,
		"nothing": {}, "an empty text": {Conversation: proto.String("")},
		"broken letters":           {Conversation: proto.String("a\x00b\u2028c\ufffe \U000e0001")},
		"a million emoji":          {Conversation: proto.String(strings.Repeat("👩‍👧", 200_000))},
		"nowhere on earth":         {LocationMessage: &waE2E.LocationMessage{DegreesLatitude: inf(), DegreesLongitude: inf(), Name: proto.String(strings.Repeat("x", 1<<20))}},
		"a huge card":              {ContactMessage: &waE2E.ContactMessage{DisplayName: proto.String("x"), Vcard: proto.String("BEGIN:VCARD\n" + strings.Repeat("TEL:+62812\n", 100_000))}},
		"a poll of 10,000":         {PollCreationMessage: &waE2E.PollCreationMessage{Name: proto.String("?"), Options: make10000()}},
		"a file of nowhere":        {DocumentMessage: &waE2E.DocumentMessage{FileName: proto.String("../../etc/passwd"), DirectPath: proto.String("//example.com/x?y"), FileLength: proto.Uint64(1 << 62), MediaKey: []byte{1}, FileSHA256: []byte{2}, FileEncSHA256: []byte{3}}},
		"a reaction to no message": {ReactionMessage: &waE2E.ReactionMessage{Text: proto.String(strings.Repeat("👍", 5000))}},
		"an edit of no message":    {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum()}},
		"a revoke of no message":   {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum()}},
		"history of a stranger":    {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(), HistorySyncNotification: &waE2E.HistorySyncNotification{}}},
		"keys of a stranger":       {ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_SHARE.Enum(), AppStateSyncKeyShare: &waE2E.AppStateSyncKeyShare{}}},
	}
}

func make10000() []*waE2E.PollCreationMessage_Option {
	out := make([]*waE2E.PollCreationMessage_Option, 10_000)
	for i := range out {
		out[i] = &waE2E.PollCreationMessage_Option{OptionName: proto.String(fmt.Sprint("pilihan ", i))}
	}
	return out
}

// sameID has two people write under one id, and one of them again.
func (s *shop) sameID(t *testing.T, from int64) {
	t.Helper()
	for i, p := range []*wasim.Phone{s.net.Phone("Satu"), s.net.Phone("Dua")} {
		for _, text := range []string{fmt.Sprint("id sama ", i), fmt.Sprint("id sama lagi ", i)} {
			if _, err := p.Send(t.Context(), s.number, wasim.Content{ID: "SAMA0000000000000000", Text: text}); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	s.hearsOnce(t, from, []string{"id sama 0", "id sama 1"})
	if got := s.heard(t, from); got["id sama lagi 0"]+got["id sama lagi 1"] != 0 {
		t.Errorf("a message came in under an id that its sender had used: %v", got)
	}
}

// listsStaySmall fails when something that a phone sent makes a list of ours large.
func (s *shop) listsStaySmall(t *testing.T) {
	t.Helper()
	chat := s.chats(t, s.device, s.sari.Number())[0]
	for _, path := range []string{
		"/api/v1/chats?limit=100", "/api/v1/chats/" + chat + "/messages?limit=100", "/api/v1/contacts?limit=100",
		"/api-app/whatsapp/chats/" + s.device + "?api_key=" + s.Demo.APIKey, "/api-app/whatsapp/chats/detail/" + s.device + "/" + s.sari.Number() + "?api_key=" + s.Demo.APIKey,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.Demo.APIKey)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK || err != nil {
			t.Errorf("%s: %s, %v", path, resp.Status, err)
		}
		t.Logf("%s: %d KiB", strings.Split(path, "?")[0], n>>10)
		if n > 4<<20 {
			t.Errorf("%s: %d MiB, want 4 at most", path, n>>20)
		}
	}
}

// noPanic fails when the server had to catch one.
func (s *shop) noPanic(t *testing.T) {
	t.Helper()
	for _, line := range strings.Split(s.Words(), "\n") {
		if strings.Contains(line, "panic") {
			t.Errorf("the server logged %.300s", line)
		}
	}
}
