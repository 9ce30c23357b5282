package wasim_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.mau.fi/whatsmeow/types/events"
	"go.uber.org/goleak"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// TestCloseLeavesNothingRunning can't run beside others: it counts goroutines.
func TestCloseLeavesNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	// The clients of a test end with it, so they need one of their own.
	t.Run("networks", func(t *testing.T) {
		for range 3 {
			openAndClose(t)
		}
	})
	goleak.VerifyNone(t, before,
		// The client leaves these behind when it disconnects, whatever the server does.
		goleak.IgnoreAnyFunction("go.mau.fi/whatsmeow.(*Client).handleHistorySyncNotificationLoop"),
		goleak.IgnoreAnyFunction("go.mau.fi/whatsmeow/socket.(*FrameSocket).frameComplete"))
}

func openAndClose(t *testing.T) {
	t.Helper()
	n, err := wasim.New(wasim.Options{Seed: 5, FastPairing: true})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	linkAndLeave(t, n)
	if err := n.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	if _, err := n.DialContext(t.Context(), "tcp", "x:1"); err == nil {
		t.Error("a closed network takes connections")
	}
	if _, err := n.AddPhone(wasim.PhoneOptions{}); err == nil {
		t.Error("a closed network makes phones")
	}
	if got := n.Stats().Live; got != 0 {
		t.Errorf("live sockets: got %d, want none", got)
	}
}

// linkAndLeave leaves one client connected, one gone, one deaf and one that only asked for media.
func linkAndLeave(t *testing.T, n *wasim.Network) {
	t.Helper()
	for _, leave := range []func(*wasimtest.Client, *wasim.Phone){
		func(*wasimtest.Client, *wasim.Phone) {},
		func(c *wasimtest.Client, _ *wasim.Phone) { c.Disconnect() },
		func(_ *wasimtest.Client, p *wasim.Phone) {
			if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultSilent, Number: p.Number()}); err != nil {
				t.Errorf("AddFault: %v", err)
			}
		},
	} {
		phone := n.Phone("Toko")
		c := wasimtest.NewClient(t, n)
		if err := c.Link(deadline(t), phone); err != nil {
			t.Fatalf("link: %v", err)
		}
		c.EnableAutoReconnect = false
		leave(c, phone)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/nothing", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DialContext: n.DialContext, DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatalf("GET: %v", err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown path: got %d, want 404", answer.StatusCode)
	}
}

func TestManyTalkAtOnce(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	ctx := deadline(t)
	var answers sync.WaitGroup
	answers.Add(10 * 10)
	s.AddEventHandler(func(event any) {
		m, ok := event.(*events.Message)
		if !ok || m.Info.IsFromMe || m.Message.GetConversation() == "" {
			return
		}
		defer answers.Done()
		if _, err := s.SendMessage(ctx, m.Info.Chat, textMessage("jawab "+m.Message.GetConversation())); err != nil {
			t.Errorf("SendMessage: %v", err)
		}
	})
	var wg sync.WaitGroup
	for i := range 10 {
		customer := n.Phone(fmt.Sprintf("Pelanggan %d", i))
		wg.Go(func() { chat(ctx, t, customer, s.phone.Number()) })
	}
	wg.Wait()
	// A customer has an answer before the shop has the network's word for it.
	answers.Wait()
	if got := n.Stats().Phones; got.DecryptErrors != 0 {
		t.Errorf("decrypt errors of the phones: got %d, want none", got.DecryptErrors)
	}
}

func chat(ctx context.Context, t *testing.T, customer *wasim.Phone, shopNumber string) {
	for i := range 10 {
		words := fmt.Sprint(customer.Number(), "-", i)
		if _, err := customer.Send(ctx, shopNumber, wasim.Content{Text: words}); err != nil {
			t.Errorf("Send: %v", err)
			return
		}
		if _, err := customer.Await(ctx, hasText("jawab "+words)); err != nil {
			t.Error(err)
			return
		}
	}
}

func TestTheLogKeepsTheLastStanzas(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{LogSize: 10})
	s := openShop(t, n)
	all := n.Log().Entries(0)
	if len(all) != 10 {
		t.Fatalf("kept %d stanzas, want 10", len(all))
	}
	for i, e := range all[1:] {
		if e.Seq != all[i].Seq+1 {
			t.Errorf("entry %d has number %d behind %d", i+1, e.Seq, all[i].Seq)
		}
	}
	last := all[9]
	if got := n.Log().Entries(last.Seq - 1); len(got) == 0 || got[0].Seq != last.Seq {
		t.Errorf("behind %d: got %d entries", last.Seq-1, len(got))
	}
	if !strings.Contains(n.Log().String(), s.Store.ID.String()) {
		t.Error("the log doesn't name the device")
	}
}

func BenchmarkPhoneToClient(b *testing.B) {
	n := wasimtest.Network(b, wasim.Options{})
	phone, budi := n.Phone("Toko"), n.Phone("Budi")
	c := wasimtest.NewClient(b, n)
	if err := c.Link(b.Context(), phone); err != nil {
		b.Fatalf("link: %v", err)
	}
	arrived := make(chan struct{}, 1<<20)
	c.AddEventHandler(func(event any) {
		if m, ok := event.(*events.Message); ok && m.Message.GetConversation() != "" {
			arrived <- struct{}{}
		}
	})
	sent := 0
	for b.Loop() {
		if _, err := budi.Send(b.Context(), phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
			b.Fatalf("Send: %v", err)
		}
		sent++
	}
	for range sent {
		<-arrived
	}
}

func BenchmarkClientToPhone(b *testing.B) {
	n := wasimtest.Network(b, wasim.Options{})
	phone, budi := n.Phone("Toko"), n.Phone("Budi")
	c := wasimtest.NewClient(b, n)
	if err := c.Link(b.Context(), phone); err != nil {
		b.Fatalf("link: %v", err)
	}
	for b.Loop() {
		if _, err := c.SendMessage(b.Context(), jidOf(budi), textMessage("Halo")); err != nil {
			b.Fatalf("SendMessage: %v", err)
		}
	}
}
