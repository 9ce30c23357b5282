package apptest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// owner is the phone of the number that the shop's device is linked to.
func (s *shop) owner(t *testing.T) *wasim.Phone {
	t.Helper()
	p, ok := s.net.PhoneByNumber(s.number)
	if !ok {
		t.Fatalf("no phone has the shop's number %s", s.number)
	}
	return p
}

// greet has the customer write, waits for the greeting and returns both messages' ids.
func (s *shop) greet(t *testing.T) (theirs, ours string) {
	t.Helper()
	id, err := s.sari.Send(context.Background(), s.number, wasim.Content{Text: "Halo"})
	if err != nil {
		t.Fatal(err)
	}
	return id, s.awaitText(t, "Halo Sari, selamat datang di Toko Demo! Ketik *menu* untuk melihat daftar harga.").ID
}

// untilChat waits until the customer's chat on the owner's phone is as it should be.
func (s *shop) untilChat(t *testing.T, what string, ok func(wasim.Chat) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if c, err := s.owner(t).AwaitChat(ctx, s.sari.Number(), ok); err != nil {
		t.Fatalf("%s: the owner's phone shows %+v: %v", what, c, err)
	}
}

// misc runs one of the document's lines; every field of body is as there.
func (s *shop) misc(t *testing.T, call, fields string) object {
	t.Helper()
	return parse(t, apptest.Curl(t, "--location", s.base+"misc/"+call+"/"+s.device, "--data-raw", `{ "api_key": "`+s.Demo.APIKey+`", `+fields+` }`))
}

// TestTheContractsMiscCurls runs the document's lines about chats and messages, and looks at both phones.
func TestTheContractsMiscCurls(t *testing.T) {
	t.Parallel()
	for _, engine := range engines(t) {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, engine.args...)
			s.miscCurls(t)
		})
	}
}

func (s *shop) miscCurls(t *testing.T) {
	theirs, ours := s.greet(t)
	jid := s.sari.Number() + "@s.whatsapp.net"
	says := func(got object, flag, message string) {
		t.Helper()
		if got[flag] != true || got["message"] != message {
			t.Fatalf("got %v, want %s and %q", got, flag, message)
		}
	}
	says(s.misc(t, "read-messages", `"chatid": "`+jid+`", "messages": [ { "id": "`+theirs+`", "remoteJid": "`+jid+`" } ]`), "status", "Berhasil menandai status")
	s.awaitStatus(t, theirs, wasim.StatusRead)

	says(s.misc(t, "mark-message", `"chatid": "`+jid+`", "status": false`), "success", "Pesan berhasil ditandai belum dibaca")
	s.untilChat(t, "marked unread", func(c wasim.Chat) bool { return c.MarkedUnread })
	second, err := s.sari.Send(context.Background(), s.number, wasim.Content{Text: "Masih ada?"})
	if err != nil {
		t.Fatal(err)
	}
	s.details(t, s.sari.Number(), "text")
	s.Await("the second message", func() bool { return strings.Contains(s.detailText(), "Masih ada?") })
	got := s.misc(t, "mark-message", `"chatid": "`+s.sari.Number()+`-s-whatsapp-net", "status": true`)
	says(got, "success", "Pesan berhasil di baca")
	if data, ok := got["data"].(object); !ok || len(data) != 0 {
		t.Errorf("data = %v, want an empty object", got["data"])
	}
	s.untilChat(t, "read", func(c wasim.Chat) bool { return !c.MarkedUnread && c.Unread == 0 })
	s.awaitStatus(t, second, wasim.StatusRead)

	says(s.misc(t, "delete-message", `"chatid": "`+jid+`", "message": { "key": { "remoteJid": "`+jid+`", "fromMe": false, "id": "`+theirs+`" }, "deleteMedia": true, "timestamp": "1730660176" }`),
		"status", "Berhasil menghapus pesan")
	s.untilChat(t, "a message less", func(c wasim.Chat) bool { return c.Messages == 2 })
	if _, there := s.owner(t).Message(theirs); there {
		t.Error("the message is still on the owner's phone")
	}
	if m, there := s.sari.Message(theirs); !there || m.Status == wasim.StatusRevoked {
		t.Error("the message is gone from the customer's phone, too")
	}
	if strings.Contains(s.detailText(), theirs) {
		t.Error("the message is still in the chat's detail")
	}

	says(s.misc(t, "delete-everyone", `"chatid": "`+jid+`", "message": { "remoteJid": "`+jid+`", "fromMe": true, "id": "`+ours+`" }`), "status", "Berhasil menghapus pesan")
	s.awaitStatus(t, ours, wasim.StatusRevoked)

	says(s.misc(t, "delete-chat", `"chatid": "`+jid+`"`), "success", "Chat berhasil di hapus")
	s.untilChat(t, "deleted", func(c wasim.Chat) bool { return c.Messages == 0 })
	chats := parse(t, apptest.Curl(t, s.base+"chats/"+s.device+"?api_key="+s.Demo.APIKey))
	if find(chats, "uid", jid) != nil {
		t.Error("the deleted chat is still listed")
	}
	if len(s.sari.Messages("", "")) < 3 {
		t.Error("the customer's chat was emptied, too")
	}
}

// detailText is the customer's chat as the contract shows it.
func (s *shop) detailText() string {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.base+"chats/detail/"+s.device+"/"+s.sari.Number()+"?api_key="+s.Demo.APIKey, nil)
	if err != nil {
		return ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	var b strings.Builder
	buf := make([]byte, 32<<10)
	for {
		n, err := resp.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// awaitStatus waits until a message has got that far on the customer's phone.
func (s *shop) awaitStatus(t *testing.T, id, status string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := s.sari.Await(ctx, func(m wasim.Message) bool { return m.ID == id && m.Status == status }); err != nil {
		t.Fatalf("message %s never became %s on the customer's phone: %v", id, status, err)
	}
}

// TestMiscBadInput sends what no script should to the calls about chats and messages: nothing is done.
func TestMiscBadInput(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	theirs, ours := s.greet(t)
	stranger := "03359ec3-2052-43ff-9495-6155b8cab4cc"
	jid := s.sari.Number() + "@s.whatsapp.net"
	body := func(fields string) string {
		return `{"api_key":"` + s.Demo.APIKey + `","chatid":"` + jid + `"` + fields + `}`
	}
	flags := map[string]string{
		"read-messages": "status", "delete-message": "status", "delete-everyone": "status", "mark-message": "success", "delete-chat": "success",
	}
	good := map[string]string{
		"read-messages":   `,"messages":[{"id":"` + theirs + `"}]`,
		"delete-message":  `,"message":{"key":{"id":"` + theirs + `","fromMe":false}}`,
		"delete-everyone": `,"message":{"id":"` + ours + `","fromMe":true}`,
		"mark-message":    `,"status":true`,
		"delete-chat":     ``,
	}
	for call, flag := range flags {
		to := "misc/" + call + "/" + s.device
		refused := func(what, path, body string, want ...int) {
			t.Run(call+": "+what, s.refusedAs(flag, "POST", path, body, want...))
		}
		refused("no body", to, ``, 400)
		refused("torn JSON", to, `{"chatid":`, 400)
		refused("no key", to, `{"chatid":"`+jid+`"}`, 401)
		refused("a wrong key", to, strings.Replace(body(good[call]), s.Demo.APIKey, stranger, 1), 401)
		refused("a stranger's device", "misc/"+call+"/"+stranger, body(good[call]), 404)
		refused("no chat", to, `{"api_key":"`+s.Demo.APIKey+`"}`, 422)
		refused("chat is words", to, strings.Replace(body(good[call]), jid, "pak budi", 1), 422)
		refused("chat is a list", to, strings.Replace(body(good[call]), `"`+jid+`"`, "[1]", 1), 422)
		refused("an unknown chat", to, strings.Replace(body(good[call]), jid, "6281200009999", 1), 404)
		refused("an unknown group", to, strings.Replace(body(good[call]), jid, "120363303315871698-g-us", 1), 404)
	}
	for what, try := range map[string]struct{ call, fields string }{
		"no messages":            {"read-messages", ``},
		"an empty list":          {"read-messages", `,"messages":[]`},
		"messages is an object":  {"read-messages", `,"messages":{}`},
		"a message is a number":  {"read-messages", `,"messages":[1]`},
		"a message without id":   {"read-messages", `,"messages":[{"remoteJid":"` + jid + `"}]`},
		"id is an object":        {"read-messages", `,"messages":[{"id":{}}]`},
		"too many":               {"read-messages", `,"messages":[` + strings.Repeat(`{"id":"x"},`, 200) + `{"id":"x"}]`},
		"another chat's message": {"read-messages", `,"messages":[{"id":"` + theirs + `","remoteJid":"6281200009999@s.whatsapp.net"}]`},
		"remoteJid is words":     {"delete-message", `,"message":{"key":{"id":"` + theirs + `","remoteJid":"siapa"}}`},
		"no message":             {"delete-message", ``},
		"message is a text":      {"delete-message", `,"message":"x"`},
		"no key in it":           {"delete-message", `,"message":{"timestamp":1}`},
		"fromMe is words":        {"delete-message", `,"message":{"key":{"id":"` + theirs + `","fromMe":"mungkin"}}`},
		"timestamp is a list":    {"delete-message", `,"message":{"key":{"id":"` + theirs + `"},"timestamp":[]}`},
		"deleteMedia is words":   {"delete-message", `,"message":{"key":{"id":"` + theirs + `"},"deleteMedia":"ya"}`},
		"NUL in the id":          {"delete-everyone", `,"message":{"id":"a\u0000","fromMe":true}`},
		"no status":              {"mark-message", ``},
		"status is words":        {"mark-message", `,"status":"mungkin"`},
		"status is an object":    {"mark-message", `,"status":{}`},
	} {
		t.Run(what, s.refusedAs(flags[try.call], "POST", "misc/"+try.call+"/"+s.device, body(try.fields), 422))
	}
	t.Run("an unknown message", s.refusedAs("status", "POST", "misc/read-messages/"+s.device, body(`,"messages":[{"id":"TIDAKADA"}]`), 404))
	t.Run("delete an unknown message", s.refusedAs("status", "POST", "misc/delete-message/"+s.device, body(`,"message":{"key":{"id":"TIDAKADA"}}`), 404))
	t.Run("the other's message", s.refusedAs("status", "POST", "misc/delete-everyone/"+s.device, body(`,"message":{"id":"`+theirs+`","fromMe":false}`), 409))
	t.Run("ours as theirs", s.refusedAs("status", "POST", "misc/delete-everyone/"+s.device, body(`,"message":{"id":"`+ours+`","fromMe":false}`), 404))

	if m, _ := s.sari.Message(ours); m.Status == wasim.StatusRevoked {
		t.Error("a refused call revoked a message")
	}
	if c, err := s.owner(t).Chat(s.sari.Number()); err != nil || c.Messages != 2 || c.MarkedUnread {
		t.Errorf("a refused call did something on the owner's phone: %+v, %v", c, err)
	}
}

// TestMarksWhileOffline marks, stars, labels and deletes while the network is away and the server is killed in between:
// everything is so here at once, and on the owner's phone afterwards.
func TestMarksWhileOffline(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	theirs, ours := s.greet(t)
	var chats struct{ Items []struct{ ID string } }
	s.Await("the chat", func() bool {
		return s.Get("/api/v1/chats?search="+s.sari.Number(), &chats) == nil && len(chats.Items) == 1
	})
	chat := chats.Items[0].ID
	message := s.awaitIn(t, s.device, s.sari.Number(), textIs("Halo"))
	away := s.spoil(t, wasim.Fault{Kind: wasim.FaultConnect, Code: 503, Times: -1})
	s.spoil(t, wasim.Fault{Kind: wasim.FaultClose})
	s.awaitState(t, s.device, "offline")

	do := func(method, path string, body any, into any) {
		t.Helper()
		if err := s.Do(method, "/api/v1"+path, body, nil, into); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	var label struct{ ID string }
	do("PATCH", "/chats/"+chat, object{"pinned": true, "muted_until": -1, "unread": true}, nil)
	do("POST", "/devices/"+s.device+"/labels", object{"name": "Lunas", "color": 3}, &label)
	do("PUT", "/chats/"+chat+"/labels/"+label.ID, nil, nil)
	do("PUT", "/messages/"+message.ID+"/star", nil, nil)
	s.Kill()
	s.net.RemoveFault(away)
	s.Run()
	s.untilChat(t, "everything", func(c wasim.Chat) bool {
		return c.Pinned && c.MutedUntil == -1 && c.MarkedUnread && len(c.Labels) == 1
	})
	s.awaitOwner(t, theirs, func(m wasim.Message) bool { return m.Starred })
	if l := s.owner(t).Labels(); len(l) != 1 || l[0].Name != "Lunas" || l[0].Color != 3 {
		t.Errorf("the phone's labels are %v", l)
	}

	s.awaitState(t, s.device, "online")
	do("PATCH", "/chats/"+chat, object{"archived": true, "unread": false}, nil)
	s.untilChat(t, "archived and read", func(c wasim.Chat) bool { return c.Archived && !c.Pinned && !c.MarkedUnread })
	s.awaitStatus(t, theirs, wasim.StatusRead)
	do("DELETE", "/messages/"+message.ID, nil, nil)
	s.untilChat(t, "a message less", func(c wasim.Chat) bool { return c.Messages == 1 })
	answer := s.awaitOurs(t, chat, ours)
	do("DELETE", "/messages/"+answer+"?for=everyone", nil, nil)
	s.awaitStatus(t, ours, wasim.StatusRevoked)
	do("DELETE", "/devices/"+s.device+"/labels/"+label.ID, nil, nil)
	s.untilChat(t, "no label", func(c wasim.Chat) bool { return len(c.Labels) == 0 })
	do("DELETE", "/chats/"+chat, nil, nil)
	s.untilChat(t, "deleted", func(c wasim.Chat) bool { return c.Messages == 0 && !c.Archived })
}

// awaitOwner waits until a message is as it should be on the owner's phone.
func (s *shop) awaitOwner(t *testing.T, id string, ok func(wasim.Message) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := s.owner(t).Await(ctx, func(m wasim.Message) bool { return m.ID == id && ok(m) }); err != nil {
		t.Fatalf("message %s on the owner's phone: %v", id, err)
	}
}

// awaitOurs is our id of a message that the network knows by networkID.
func (s *shop) awaitOurs(t *testing.T, chat, networkID string) (id string) {
	t.Helper()
	s.Await("message "+networkID, func() bool {
		var page struct {
			Items []struct {
				ID        string
				NetworkID string `json:"network_id"`
			}
		}
		if s.Get("/api/v1/chats/"+chat+"/messages", &page) != nil {
			return false
		}
		for _, m := range page.Items {
			if m.NetworkID == networkID {
				id = m.ID
			}
		}
		return id != ""
	})
	return id
}

// TestTheOwnersPhoneMarks does on the phone what its owner does: the API shows it.
func TestTheOwnersPhoneMarks(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	theirs, _ := s.greet(t)
	type view struct {
		Items []struct {
			ID           string
			Archived     bool
			Pinned       bool
			MarkedUnread bool  `json:"marked_unread"`
			MutedUntil   int64 `json:"muted_until"`
			Labels       []string
		}
	}
	var chats view
	await := func(what string, ok func() bool) {
		t.Helper()
		s.Await(what, func() bool {
			chats = view{}
			return s.Get("/api/v1/chats?search="+s.sari.Number(), &chats) == nil && ok()
		})
	}
	await("the chat", func() bool { return len(chats.Items) == 1 })
	mark := func(m wasim.Mark) {
		t.Helper()
		if m.Chat == "" && m.ID == "" && m.Kind != wasim.MarkLabel {
			m.Chat = s.sari.Number()
		}
		if err := s.owner(t).Mark(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	mark(wasim.Mark{Kind: wasim.MarkPin, On: true})
	mark(wasim.Mark{Kind: wasim.MarkMute, Until: -1})
	mark(wasim.Mark{Kind: wasim.MarkUnread, On: true})
	mark(wasim.Mark{Kind: wasim.MarkLabel, Label: "3", Name: "Baru"})
	mark(wasim.Mark{Kind: wasim.MarkLabelChat, Label: "3", On: true})
	mark(wasim.Mark{Kind: wasim.MarkStar, ID: theirs, On: true})
	await("pinned, muted, unread and labelled", func() bool {
		c := chats.Items[0]
		return c.Pinned && c.MutedUntil == -1 && c.MarkedUnread && len(c.Labels) == 1
	})
	chat := chats.Items[0].ID
	s.Await("the star", func() bool {
		var page struct {
			Items []struct {
				NetworkID string `json:"network_id"`
				Starred   bool
			}
		}
		return s.Get("/api/v1/chats/"+chat+"/messages", &page) == nil && len(page.Items) > 0 && page.Items[0].NetworkID == theirs && page.Items[0].Starred
	})
	mark(wasim.Mark{Kind: wasim.MarkArchive, On: true})
	await("archived", func() bool { return chats.Items[0].Archived && !chats.Items[0].Pinned })
	mark(wasim.Mark{Kind: wasim.MarkDeleteMessage, ID: theirs})
	s.Await("the message gone", func() bool { return !strings.Contains(s.detailText(), theirs) })
	mark(wasim.Mark{Kind: wasim.MarkDeleteChat})
	await("the chat gone", func() bool { return len(chats.Items) == 0 })
}
