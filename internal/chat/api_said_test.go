package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// shelfOfFiles has one file, f-1; what is fetched from a URL becomes that one.
func shelfOfFiles() chat.Config {
	return chat.Config{
		Files: func(_ context.Context, workspaceID, id string, kind device.Kind, text string) (device.Content, error) {
			if workspaceID != ws || id != "f-1" {
				return device.Content{}, file.ErrNotFound
			}
			if kind == "" {
				kind = device.KindImage
			}
			return device.Content{Kind: kind, Text: text, Media: &device.Media{Blob: id, Filename: "asli.bin"}}, nil
		},
		Fetch: func(_ context.Context, _, url string) (string, error) {
			if strings.Contains(url, "toko") {
				return "f-1", nil
			}
			return "", errUnreachable
		},
		Preview: func(_ context.Context, text string) *device.Link { return &device.Link{URL: text, Title: "Toko"} },
	}
}

var errUnreachable = errors.New("nobody is there")

// sending posts a body to the chat and returns the stored content.
func sending(t *testing.T, w *world, path, body string) (int, device.Content) {
	t.Helper()
	status, out := call(w.serve(), "friend", "POST "+path, body)
	if status != 201 {
		return status, device.Content{Text: fmt.Sprint(out)}
	}
	m, err := w.s.GetMessage(t.Context(), ws, out["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return status, m.Content
}

func TestEveryKindCanBeSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), shelfOfFiles())
	w.write("halo")
	c := w.only()
	for name, step := range map[string]struct {
		body string
		want device.Content
	}{
		"text":     {`{"text":"hai"}`, text("hai")},
		"preview":  {`{"text":"https://toko.example","link_preview":true}`, device.Content{Kind: "text", Text: "https://toko.example", Link: &device.Link{URL: "https://toko.example", Title: "Toko"}}},
		"a file":   {`{"file_id":"f-1","text":"ini"}`, device.Content{Kind: "image", Text: "ini", Media: &device.Media{Blob: "f-1", Filename: "asli.bin"}}},
		"gif":      {`{"kind":"gif","file_id":"f-1"}`, device.Content{Kind: "video", Media: &device.Media{Blob: "f-1", Filename: "asli.bin", GIF: true}}},
		"note":     {`{"kind":"video_note","file_id":"f-1","seconds":4}`, device.Content{Kind: "video", Media: &device.Media{Blob: "f-1", Filename: "asli.bin", Note: true, Seconds: 4}}},
		"once":     {`{"kind":"image","file_id":"f-1","view_once":true}`, device.Content{Kind: "image", Media: &device.Media{Blob: "f-1", Filename: "asli.bin", ViewOnce: true}}},
		"voice":    {`{"kind":"voice","file_id":"f-1","waveform":[0,50,900]}`, device.Content{Kind: "voice", Media: &device.Media{Blob: "f-1", Filename: "asli.bin", Waveform: []byte{0, 50, 100}}}},
		"by url":   {`{"kind":"document","url":"https://toko.example/a","filename":"../../etc/harga.pdf"}`, device.Content{Kind: "document", Media: &device.Media{Blob: "f-1", Filename: "harga.pdf"}}},
		"location": {`{"kind":"location","location":{"latitude":-6.2,"longitude":106.8,"name":"Monas"}}`, device.Content{Kind: "location", Location: &device.Location{Latitude: -6.2, Longitude: 106.8, Name: "Monas"}}},
		"contact": {`{"kind":"contact","contacts":[{"name":"Budi; S","phone":"0812 9064 1111"}]}`, device.Content{Kind: "contact", Contacts: []device.Card{{
			Name: "Budi; S", VCard: "BEGIN:VCARD\nVERSION:3.0\nN:;Budi\\; S;;;\nFN:Budi\\; S\nTEL;type=CELL;waid=6281290641111:+6281290641111\nEND:VCARD",
		}}}},
		"poll":     {`{"kind":"poll","poll":{"name":"Warna?","options":["Merah","Biru"],"selectable":1}}`, device.Content{Kind: "poll", Poll: &device.Poll{Name: "Warna?", Options: []string{"Merah", "Biru"}, Selectable: 1}}},
		"mentions": {`{"text":"@6281290641111","mentions":["0812-9064-1111","77@lid"],"mention_all":true}`, device.Content{Kind: "text", Text: "@6281290641111", Mentions: []string{"6281290641111", "77@lid"}, MentionAll: true}},
		"reply":    {`{"text":"iya","reply_to":"halo"}`, device.Content{Kind: "text", Text: "iya", Quote: &device.Quote{NetworkID: "halo", Text: "halo"}}},
	} {
		status, got := sending(t, w, "/chats/"+c.Chat.ID+"/messages", step.body)
		if diff := cmp.Diff(step.want, got); status != 201 || diff != "" {
			t.Errorf("%s: %d (-want +got):\n%s", name, status, diff)
		}
	}
	w.write("tarik", content(device.Content{Kind: device.KindRevoke, Target: "halo"}))
	want := device.Content{Kind: "text", Text: "apa tadi?", Quote: &device.Quote{NetworkID: "halo"}}
	if _, got := sending(t, w, "/chats/"+c.Chat.ID+"/messages", `{"text":"apa tadi?","reply_to":"halo"}`); !cmp.Equal(want, got) {
		t.Errorf("a reply to what was taken back is %+v, want it without the words", got)
	}
}

// What can't be sent is refused with the field that is wrong, and changes nothing.
func TestWhatCanNotBeSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), shelfOfFiles())
	w.write("halo")
	c := w.only()
	mux := w.serve()
	for body, code := range map[string]string{
		`{"kind":"image"}`: "media_missing",
		`{"kind":"image","file_id":"f-1","url":"https://toko.example"}`:                          "media_sources",
		`{"kind":"text","text":"x","file_id":"f-1"}`:                                             "content_invalid",
		`{"file_id":"tidak-ada"}`:                                                                "file_not_found",
		`{"media_of":"tidak-ada"}`:                                                               "message_not_found",
		`{"kind":"document","file_id":"f-1","view_once":true}`:                                   "view_once_kind",
		`{"text":"x","view_once":true}`:                                                          "view_once_kind",
		`{"kind":"location"}`:                                                                    "content_invalid",
		`{"kind":"location","location":{"latitude":91,"longitude":0}}`:                           "",
		`{"kind":"contact","contacts":[]}`:                                                       "content_invalid",
		`{"kind":"contact","contacts":[{"name":"x","phone":"bukan"}]}`:                           "phone_invalid",
		`{"kind":"contact","contacts":[{"name":"x","vcard":"<script>"}]}`:                        "content_invalid",
		`{"kind":"poll","poll":{"name":"x","options":["a"]}}`:                                    "",
		`{"kind":"poll","poll":{"name":"x","options":["a","a"]}}`:                                "poll_options",
		`{"kind":"poll","poll":{"name":"x","options":["a"," "]}}`:                                "poll_options",
		`{"kind":"poll","poll":{"name":"x","options":["a","b"],"selectable":3}}`:                 "poll_options",
		`{"kind":"poll","poll":{"name":"x","options":["a","` + strings.Repeat("b", 101) + `"]}}`: "poll_options",
		`{"kind":"dance"}`:                           "",
		`{"text":"x","reply_to":"tidak-ada"}`:        "reply_to_unknown",
		`{"text":"x","mentions":["a@evil.example"]}`: "mention_invalid",
		`{"text":"x","mentions":["bukan nomor"]}`:    "mention_invalid",
	} {
		status, out := call(mux, "friend", "POST /chats/"+c.Chat.ID+"/messages", body)
		fault, _ := out["error"].(map[string]any)
		if status < 400 || status > 499 || code != "" && fault["code"] != code {
			t.Errorf("%s: got %d %v, want 4xx %s", body, status, out, code)
		}
	}
	if list := w.messages(c.Chat.ID); len(list) != 1 || w.only().Turn != chat.TurnBot {
		t.Errorf("afterwards there are %d messages and the turn is %s; want nothing to have changed", len(list), w.only().Turn)
	}
}

func TestWhatIsDoneToAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), shelfOfFiles())
	w.write("halo")
	w.write("polling", content(device.Content{Kind: device.KindPoll, Poll: &device.Poll{Name: "Warna?", Options: []string{"Merah", "Biru"}, Selectable: 1}}))
	w.write("punya kita", fromMe)
	w.write("foto", fromMe, content(device.Content{Kind: device.KindImage, Media: &device.Media{Blob: "f-1"}}))
	w.write("teman", from(peer(phone("6282"))))
	var to string
	ids := map[string]string{}
	for _, i := range w.chats() {
		for _, m := range w.messages(i.Chat.ID) {
			ids[m.NetworkID] = m.ID
		}
		if i.Contact.Phone == "6282" {
			to = i.Chat.ID
		}
	}
	queued := w.post(chat.Post{ChatID: to, Content: text("antre")})
	for _, step := range []struct {
		path, body string
		status     int
		want       device.Content
	}{
		{"halo/reactions", `{"emoji":"👍"}`, 201, device.Content{Kind: "reaction", Text: "👍", Target: "halo"}},
		{"punya kita/reactions", `{"emoji":""}`, 201, device.Content{Kind: "reaction", Target: "punya kita", TargetSender: device.TargetSelf}},
		{"punya kita/edit", `{"text":"betul"}`, 201, device.Content{Kind: "edit", Text: "betul", Target: "punya kita", TargetSender: device.TargetSelf}},
		{"halo/edit", `{"text":"palsu"}`, 409, device.Content{}},
		{"foto/edit", `{"text":"x"}`, 409, device.Content{}},
		{"punya kita/edit", `{"text":""}`, 422, device.Content{}},
		{"polling/vote", `{"options":["Biru"]}`, 201, device.Content{Kind: "vote", Target: "polling", Vote: &device.Vote{Options: []string{"Biru"}}}},
		{"polling/vote", `{"options":["Ungu"]}`, 422, device.Content{}},
		{"polling/vote", `{"options":["Biru","Merah"]}`, 422, device.Content{}},
		{"halo/vote", `{"options":["Biru"]}`, 409, device.Content{}},
	} {
		nid, rest, _ := strings.Cut(step.path, "/")
		status, got := sending(t, w, "/messages/"+ids[nid]+"/"+rest, step.body)
		if status != step.status {
			t.Errorf("%s %s: got %d %v, want %d", step.path, step.body, status, got, step.status)
		} else if diff := cmp.Diff(step.want, got); status == 201 && diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.path, diff)
		}
	}
	mux := w.serve()
	for path, want := range map[string]int{
		queued.ID + "/reactions": 409, "tidak-ada/reactions": 404,
	} {
		if status, out := call(mux, "friend", "POST /messages/"+path, `{"emoji":"x"}`); status != want {
			t.Errorf("%s: got %d %v, want %d", path, status, out, want)
		}
	}
	if status, _ := call(mux, "stranger", "POST /messages/"+ids["halo"]+"/reactions", `{"emoji":"x"}`); status != 404 {
		t.Errorf("a stranger's reaction: got %d, want 404", status)
	}
	w.pass(16 * time.Minute)
	if status, out := call(mux, "friend", "POST /messages/"+ids["punya kita"]+"/edit", `{"text":"telat"}`); status != 409 || fmt.Sprint(out["error"]) == "" {
		t.Errorf("an edit after 16 minutes: got %d %v, want 409", status, out)
	}
	testForwards(t, w, ids, to)
}

func testForwards(t *testing.T, w *world, ids map[string]string, to string) {
	t.Helper()
	mux := w.serve()
	for _, step := range []struct {
		id, to string
		status int
		score  int
	}{
		{"halo", to, 201, 1}, {"punya kita", to, 201, 0}, {"foto", to, 201, 0}, {"halo", "tidak-ada", 404, 0},
	} {
		status, out := call(mux, "friend", "POST /messages/"+ids[step.id]+"/forward", `{"chat_ids":["`+step.to+`"]}`)
		if status != step.status {
			t.Errorf("forward %s to %s: got %d %v, want %d", step.id, step.to, status, out, step.status)
			continue
		}
		if status == 201 {
			last := w.messages(to)[len(w.messages(to))-1]
			if last.Content.Forwarded != step.score || last.Content.Quote != nil {
				t.Errorf("forward %s: %+v, want a score of %d", step.id, last.Content, step.score)
			}
		}
	}
	if status, _ := call(mux, "friend", "POST /messages/"+ids["halo"]+"/forward", `{"chat_ids":[]}`); status != 422 {
		t.Errorf("forward to nobody: got %d, want 422", status)
	}
	before := len(w.messages(to))
	if status, _ := call(mux, "friend", "POST /messages/"+ids["halo"]+"/forward", `{"chat_ids":["`+to+`","tidak-ada"]}`); status != 404 || len(w.messages(to)) != before {
		t.Errorf("forward to one who is there and one who isn't: got %d and %d more messages, want 404 and none", status, len(w.messages(to))-before)
	}
	if status, out := call(mux, "friend", "PUT /chats/"+to+"/timer", `{"seconds":86400}`); status != 200 || out["expires"] != 86400.0 {
		t.Errorf("set a timer: got %d %v, want 200 and a day", status, out)
	}
	if status, _ := call(mux, "friend", "PUT /chats/"+to+"/timer", `{"seconds":5}`); status != 422 {
		t.Errorf("set a timer of 5 s: got %d, want 422", status)
	}
}
