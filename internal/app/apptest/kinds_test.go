package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"image/color"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

//arch:global a flag
var updateKinds = flag.Bool("update-kinds", false, "write the golden file of what each side saw anew")

// TestBaileysKinds lets a customer on Baileys and the product send each other every kind of message, in both forms of
// address. What each side saw is in testdata/kinds.json, where people are called by their hidden ids.
func TestBaileysKinds(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			everyKind(t, form)
		})
	}
}

func everyKind(t *testing.T, form wasim.Addressing) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	net, url := apptest.Network(t, wasim.Options{Seed: 7, Addressing: form})
	customer, err := baileys.Start(ctx, url, "Rina")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(customer.Close)
	if _, err := customer.Link(ctx, baileys.ByQR); err != nil {
		t.Fatal(err)
	}
	s := apptest.Start(t, url)
	k := &kinds{
		stranger: &stranger{
			shop: &shop{Server: s, net: net, device: s.Demo.Devices[0].ID, number: s.Demo.Devices[0].Number}, ctx: ctx, customer: customer,
		},
		seen: map[string]any{}, names: map[string]string{},
	}
	k.in(t)
	k.out(t)
	k.polls(t)
	k.golden(t, form)
	if stats := net.Stats(); stats.Phones.DecryptErrors != 0 || len(stats.Nacks) != 0 {
		t.Errorf("decrypt errors %d, refused stanzas %v; want none", stats.Phones.DecryptErrors, stats.Nacks)
	}
}

// kinds notes what each side saw, with the same names for the same ids in every run.
type kinds struct {
	*stranger
	chat  string
	seen  map[string]any
	names map[string]string
}

const oggVoice = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00OpusHead\x01\x01"

const mp4Film = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"

// message finds what the product has under a network id.
func (k *kinds) message(t *testing.T, id string) (m object) {
	t.Helper()
	k.Await("message "+id, func() bool {
		if k.chat == "" {
			if ids := k.chats(t, k.device, k.customer.Number()); len(ids) == 1 {
				k.chat = ids[0]
			}
		}
		var list struct{ Items []object }
		_ = k.Get("/api/v1/chats/"+k.chat+"/messages?limit=200", &list)
		for _, i := range list.Items {
			if i["network_id"] == id {
				m = i
			}
		}
		return m != nil
	})
	return m
}

// until waits until the product shows something of a message.
func (k *kinds) until(t *testing.T, what, id string, ok func(m object) bool) object {
	t.Helper()
	var m object
	k.Await(what, func() bool { m = k.message(t, id); return ok(m) })
	return m
}

// send has the customer send a content.
func (k *kinds) send(t *testing.T, name string, content, options any) (id string) {
	t.Helper()
	id, err := k.customer.SendContent(k.ctx, k.number, content, options)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	k.names[id] = name
	return id
}

func (k *kinds) in(t *testing.T) {
	picture := drawing(t, color.RGBA{R: 200, A: 255})
	film, voice := baileys.File([]byte(mp4Film)), baileys.File([]byte(oggVoice))
	text := k.send(t, "text", object{"text": "Halo"}, nil)
	for name, c := range map[string]struct{ content, options any }{
		"image":     {object{"image": baileys.File(picture), "mimetype": "image/png", "caption": "bukti", "jpegThumbnail": ""}, nil},
		"once":      {object{"image": baileys.File(picture), "mimetype": "image/png", "jpegThumbnail": "", "viewOnce": true}, nil},
		"video":     {object{"video": film, "mimetype": "video/mp4", "caption": "film", "jpegThumbnail": "", "seconds": 3}, nil},
		"gif":       {object{"video": film, "mimetype": "video/mp4", "gifPlayback": true, "jpegThumbnail": ""}, nil},
		"audio":     {object{"audio": voice, "mimetype": "audio/mpeg", "seconds": 9}, nil},
		"voice":     {object{"audio": voice, "mimetype": "audio/ogg; codecs=opus", "ptt": true, "seconds": 4, "waveform": baileys.File(bytes.Repeat([]byte{9}, 64))}, nil},
		"document":  {object{"document": baileys.File([]byte("%PDF-1.7")), "mimetype": "application/pdf", "fileName": "../harga.pdf", "caption": "daftar"}, nil},
		"sticker":   {object{"sticker": baileys.File(picture), "mimetype": "image/webp", "isAnimated": true}, nil},
		"location":  {object{"location": object{"degreesLatitude": -6.2, "degreesLongitude": 106.8, "name": "Monas", "address": "Jakarta"}}, nil},
		"contact":   {object{"contacts": object{"displayName": "Budi", "contacts": []object{{"displayName": "Budi", "vcard": "BEGIN:VCARD\nEND:VCARD"}}}}, nil},
		"contacts":  {object{"contacts": object{"displayName": "2", "contacts": []object{{"displayName": "A", "vcard": "x"}, {"displayName": "B", "vcard": "y"}}}}, nil},
		"reply":     {object{"text": "balas"}, object{"quoted": baileys.Message(text)}},
		"mention":   {object{"text": "@" + k.number, "mentions": []string{k.number + "@s.whatsapp.net"}}, nil},
		"forward":   {object{"forward": baileys.Message(text), "force": true}, nil},
		"ephemeral": {object{"text": "hilang"}, object{"ephemeralExpiration": 86400}},
	} {
		id := k.send(t, name, c.content, c.options)
		k.seen["in/"+name] = k.message(t, id)["content"]
	}
	k.send(t, "reaction", object{"react": object{"text": "👍", "key": baileys.Key(text)}}, nil)
	k.send(t, "edit", object{"text": "Halo, Kak", "edit": baileys.Key(text)}, nil)
	m := k.until(t, "the reaction and the edit", text, func(m object) bool { return m["reactions"] != nil && m["edited_at"] != nil })
	k.seen["in/edit"] = m["content"]
	gone := k.send(t, "gone", object{"text": "salah kirim"}, nil)
	k.message(t, gone)
	k.send(t, "revoke", object{"delete": baileys.Key(gone)}, nil)
	k.until(t, "the revoke", gone, func(m object) bool { return m["revoked_at"] != nil })
}

// reach has the product write, and returns what the customer was shown.
func (k *kinds) reach(t *testing.T, name, path string, body object) (sent object, shown baileys.Shown) {
	t.Helper()
	if err := k.Post("/api/v1/"+path, body, &sent); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	id := sent["network_id"].(string)
	k.names[id] = name
	shown, err := k.customer.WaitID(k.ctx, id)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	k.seen["out/"+name] = shown
	return sent, shown
}

func (k *kinds) out(t *testing.T) {
	picture := k.upload(t, "a.png", drawing(t, color.RGBA{G: 200, A: 255}))
	film, voice := k.upload(t, "a.mp4", []byte(mp4Film)), k.upload(t, "a.ogg", []byte(oggVoice))
	to := "chats/" + k.chat + "/messages"
	text, _ := k.reach(t, "text", to, object{"text": "Halo, ada yang bisa dibantu?"})
	first := text["id"].(string)
	for name, body := range map[string]object{
		"image":    {"file_id": picture, "text": "katalog"},
		"once":     {"file_id": picture, "kind": "image", "view_once": true},
		"video":    {"file_id": film, "seconds": 3},
		"gif":      {"file_id": film, "kind": "gif"},
		"note":     {"file_id": film, "kind": "video_note"},
		"audio":    {"file_id": voice, "kind": "audio"},
		"voice":    {"file_id": voice, "kind": "voice", "seconds": 4, "waveform": []int{1, 2, 100}},
		"document": {"file_id": film, "kind": "document", "filename": "../daftar harga.bin"},
		"sticker":  {"file_id": picture, "kind": "sticker"},
		"location": {"kind": "location", "location": object{"latitude": -6.2, "longitude": 106.8, "name": "Monas"}},
		"contact":  {"kind": "contact", "contacts": []object{{"name": "Budi", "phone": "0812 9064 1111"}}},
		"contacts": {"kind": "contact", "contacts": []object{{"name": "A", "vcard": "BEGIN:VCARD\nEND:VCARD"}, {"name": "B", "phone": "0812 9064 2222"}}},
		"reply":    {"text": "balas", "reply_to": first},
		"mention":  {"text": "@6281290641111", "mentions": []string{"0812 9064 1111"}},
	} {
		k.reach(t, name, to, body)
	}
	k.awaitMessage(t, first, "delivered")
	k.reach(t, "reaction", "messages/"+first+"/reactions", object{"emoji": "🙏"})
	k.reach(t, "edit", "messages/"+first+"/edit", object{"text": "Halo, Kak"})
	var forwarded struct{ Items []object }
	if err := k.Post("/api/v1/messages/"+k.theirs(t)+"/forward", object{"chat_ids": []string{k.chat}}, &forwarded); err != nil {
		t.Fatal(err)
	}
	shown, err := k.customer.WaitID(k.ctx, forwarded.Items[0]["network_id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	k.seen["out/forward"] = shown
	if err := k.Do("PUT", "/api/v1/chats/"+k.chat+"/timer", object{"seconds": 604800}, nil, nil); err != nil {
		t.Fatal(err)
	}
	k.reach(t, "ephemeral", to, object{"text": "hilang nanti"})
}

// theirs is the customer's picture.
func (k *kinds) theirs(t *testing.T) string {
	for id, name := range k.names {
		if name == "image" {
			if m := k.message(t, id); m["from_me"] == false {
				return m["id"].(string)
			}
		}
	}
	t.Fatal("the customer's picture is not there")
	return ""
}

// polls are voted in by the product; Baileys itself has no way to vote, but reads votes.
func (k *kinds) polls(t *testing.T) {
	poll := k.send(t, "poll", object{"poll": object{"name": "Warna?", "values": []string{"Merah", "Biru"}, "selectableCount": 1}}, nil)
	m := k.message(t, poll)
	k.seen["in/poll"] = m["content"]
	var vote object
	if err := k.Post("/api/v1/messages/"+m["id"].(string)+"/vote", object{"options": []string{"Biru"}}, &vote); err != nil {
		t.Fatal(err)
	}
	chosen, err := k.customer.Votes(k.ctx, vote["network_id"].(string), poll)
	if err != nil {
		t.Fatal(err)
	}
	k.seen["out/vote"] = chosen
	k.reach(t, "poll", "chats/"+k.chat+"/messages", object{"kind": "poll", "poll": object{"name": "Kapan?", "options": []string{"Pagi", "Sore"}, "selectable": 1}})
}

// secret are the fields that differ from run to run.
var secret = regexp.MustCompile(`"(url|directPath|mediaKey|mediaKeyTimestamp|fileEncSha256|messageSecret|senderTimestampMs|timestampMs|timestamp|ephemeralSettingTimestamp|blob|thumbnail)": ("[^"]*"|\{[^{}]*\}|[0-9]+)`)

// anyForm calls people by their names alone, whatever the form of their addresses.
var anyForm = regexp.MustCompile(`(<[^<>]+?)(?: lid>@lid|>@s\.whatsapp\.net)`)

// golden compares what each side saw with what it saw before; the file is of hidden ids.
func (k *kinds) golden(t *testing.T, form wasim.Addressing) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(k.seen); err != nil {
		t.Fatal(err)
	}
	got := secret.ReplaceAllString(b.String(), `"$1": "…"`)
	for id, name := range k.names {
		got = strings.ReplaceAll(got, id, "<"+name+">")
	}
	for _, p := range k.net.Phones() {
		got = strings.ReplaceAll(strings.ReplaceAll(got, p.Number(), "<"+p.Name()+">"), p.LID(), "<"+p.Name()+" lid>")
	}
	file := filepath.Join("testdata", "kinds.json")
	if *updateKinds && form == wasim.AddressLID {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("read the golden file (write it with -update-kinds): %v", err)
	}
	if form != wasim.AddressLID {
		want, got = anyForm.ReplaceAll(want, []byte("$1>")), anyForm.ReplaceAllString(got, "$1>")
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("what each side saw (-want +got):\n%s", diff)
	}
}
