package wasim_test

import (
	"context"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// shop is a linked client and its inbox.
type shop struct {
	*wasimtest.Client
	phone    *wasim.Phone
	messages chan *events.Message
	receipts chan *events.Receipt
	others   chan any
}

func watch(c *wasimtest.Client, phone *wasim.Phone) *shop {
	s := &shop{
		Client: c, phone: phone,
		messages: make(chan *events.Message, 10000), receipts: make(chan *events.Receipt, 10000), others: make(chan any, 10000),
	}
	c.AddEventHandler(func(event any) {
		switch e := event.(type) {
		case *events.Message:
			if e.Message.GetProtocolMessage() == nil {
				s.messages <- e
			}
		case *events.Receipt:
			s.receipts <- e
		default:
			s.others <- e
		}
	})
	return s
}

func openShop(t *testing.T, n *wasim.Network) *shop {
	t.Helper()
	phone := n.Phone("Toko")
	s := watch(wasimtest.NewClient(t, n), phone)
	if err := s.Link(deadline(t), phone); err != nil {
		t.Fatalf("link: %v", err)
	}
	return s
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wasimtest.Timeout)
	t.Cleanup(cancel)
	return ctx
}

func next[E any](t *testing.T, ch <-chan E) E {
	t.Helper()
	select {
	case e := <-ch:
		return e
	case <-deadline(t).Done():
		var zero E
		t.Fatalf("no %T came within %s", zero, wasimtest.Timeout)
		return zero
	}
}

func textMessage(s string) *waE2E.Message { return &waE2E.Message{Conversation: proto.String(s)} }

func hasText(s string) func(wasim.Message) bool {
	return func(m wasim.Message) bool { return m.Text == s }
}

func TestAnUnmodifiedClientLinksAndTalks(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			n := wasimtest.Network(t, wasim.Options{Addressing: form})
			s, budi := openShop(t, n), n.Phone("Budi")
			ctx := deadline(t)
			if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
				t.Fatalf("Send: %v", err)
			}
			in := next(t, s.messages)
			if got := in.Message.GetConversation(); got != "Halo" {
				t.Errorf("the client got %q, want %q", got, "Halo")
			}
			if in.Info.PushName != "Budi" {
				t.Errorf("push name: got %q, want Budi", in.Info.PushName)
			}
			if _, err := s.phone.Await(ctx, hasText("Halo")); err != nil {
				t.Errorf("own phone: %v", err)
			}
			if _, err := s.SendMessage(ctx, types.NewJID(budi.Number(), types.DefaultUserServer), textMessage("Selamat datang")); err != nil {
				t.Fatalf("SendMessage: %v", err)
			}
			answer, err := budi.Await(ctx, hasText("Selamat datang"))
			if err != nil {
				t.Fatal(err)
			}
			if answer.From != s.phone.Number() || answer.FromMe {
				t.Errorf("answer from %s (own %v), want %s", answer.From, answer.FromMe, s.phone.Number())
			}
			own, err := s.phone.Await(ctx, hasText("Selamat datang"))
			if err != nil {
				t.Fatal(err)
			}
			if !own.FromMe || own.Chat != budi.Number() {
				t.Errorf("copy on the own phone: from me %v in chat %s, want true in %s", own.FromMe, own.Chat, budi.Number())
			}
			if stats := n.Stats(); stats.Phones.DecryptErrors != 0 || len(stats.Nacks) != 0 {
				t.Errorf("got %d decrypt errors and nacks %v, want none", stats.Phones.DecryptErrors, stats.Nacks)
			}
		})
	}
}
