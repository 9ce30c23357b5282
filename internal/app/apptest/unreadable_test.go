package apptest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestAMessageThatCannotBeReadYet holds back what a customer's and the own phone send again: the message is to be seen
// without its words, and with them in the same place when they come, told and answered once, also when the program was
// killed in between.
func TestAMessageThatCannotBeReadYet(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newStepper(t, e.args...)
			p.talks(t, p.device, p.number, p.sari, "utuh")
			p.unreadable(t, "langkah hidup", func() {})
			p.unreadable(t, "langkah mati", func() {
				p.Kill()
				p.Run()
				p.AwaitOnline()
			})
		})
	}
}

// unreadable has Sari write what a rule answers, once it can be read; meanwhile is done before that.
func (p *stepper) unreadable(t *testing.T, said string, meanwhile func()) {
	t.Helper()
	answers := tokens(p.sari, "")["dijawab"]
	p.spoil(t, wasim.Fault{Kind: wasim.FaultGarbage, Number: p.number, Times: 1})
	held := p.spoil(t, wasim.Fault{Kind: wasim.FaultHoldDelivery, Number: p.number})
	id := says(t, p.sari, p.number, said)
	place := p.awaitIn(t, p.device, p.sari.Number(), func(m messageView) bool { return m.NetworkID == id })
	p.placeIsSeen(t, place)
	meanwhile()
	if p.told(t, "message.received", id) != 0 || p.found(t, said) != 0 || len(p.hook.events(said)) != 0 || tokens(p.sari, "")["dijawab"] != answers {
		t.Errorf("%s: told, found or answered before it could be read", said)
	}
	if !p.net.RemoveFault(held) {
		t.Fatal("nothing was held")
	}
	m := p.awaitIn(t, p.device, p.sari.Number(), textIs(said))
	if m.ID != place.ID || m.NetworkID != id || m.Content.Kind != "text" {
		t.Errorf("%s: got %+v, want it in the place of %s", said, m, place.ID)
	}
	p.Await("the answer and the webhook", func() bool {
		return tokens(p.sari, "")["dijawab"] > answers && len(p.hook.events(said)) > 0 && p.found(t, said) > 0 &&
			p.told(t, "message.received", id) > 0
	})
	p.talks(t, p.device, p.number, p.sari, "sesudah "+said)
	p.onceStored(t, p.sari, said)
	if n := tokens(p.sari, "")["dijawab"] - answers; n != 1 {
		t.Errorf("%s: answered %d times, want once", said, n)
	}
	for _, kind := range []string{"message.unreadable", "message.received"} {
		if n := p.told(t, kind, id); n != 1 {
			t.Errorf("%s: there are %d events %s, want one", said, n, kind)
		}
	}
	if n := len(p.hook.events(said)); n != 1 {
		t.Errorf("%s: the webhook took it %d times, want once", said, n)
	}
}

// placeIsSeen fails unless a message without words is in the lists, unread, and in the contract's as well.
func (p *stepper) placeIsSeen(t *testing.T, m messageView) {
	t.Helper()
	if m.Content.Kind != "unreadable" || m.Content.Text != "" {
		t.Errorf("got %+v, want it unreadable", m)
	}
	var c struct {
		Unread int
		Last   struct {
			Kind string
			ID   string `json:"message_id"`
		}
	}
	if err := p.Get("/api/v1/chats/"+m.ChatID, &c); err != nil || c.Unread == 0 || c.Last.Kind != "unreadable" {
		t.Errorf("got chat %+v, %v, want it unread and its last message unreadable", c, err)
	}
	key := "?api_key=" + p.Demo.APIKey
	uid := p.sari.Number() + "@s.whatsapp.net"
	chats := parse(t, apptest.Curl(t, "--location", p.base+"chats/"+p.device+key))
	if e := find(chats, "uid", uid); e == nil || e["type"] != "unreadable" || e["message"] != "Menunggu pesan ini" {
		t.Errorf("the contract's chats have %v", e)
	}
	detail := parse(t, apptest.Curl(t, "--location", p.base+"chats/detail/"+p.device+"/"+uid+key))
	list, _ := detail["list"].(object)
	last, _ := list[fmt.Sprint(len(list))].(object)
	if last["id"] != m.NetworkID || last["status"] != "UNREAD" || last["message"].(object)["type"] != "unreadable" {
		t.Errorf("the contract's detail ends with %v", last)
	}
	if err := p.Do(http.MethodPost, "/api/v1/messages/"+m.ID+"/forward", object{"chat_ids": []string{m.ChatID}}, nil, nil); err == nil {
		t.Error("it was forwarded")
	}
}

// told is how many events of a type are about the message with a network id.
func (p *stepper) told(t *testing.T, kind, id string) (n int) {
	t.Helper()
	var log struct {
		Items []struct {
			Data struct{ Message messageView }
		}
	}
	if err := p.Get("/api/v1/events?limit=500&types="+kind, &log); err != nil {
		t.Fatal(err)
	}
	for _, e := range log.Items {
		if e.Data.Message.NetworkID == id {
			n++
		}
	}
	return n
}

// found is how many messages have these words.
func (p *stepper) found(t *testing.T, words string) int {
	t.Helper()
	var out struct{ Messages []struct{} }
	if err := p.Get("/api/v1/search?"+url.Values{"q": {words}}.Encode(), &out); err != nil {
		t.Fatal(err)
	}
	return len(out.Messages)
}
