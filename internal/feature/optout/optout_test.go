package optout_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/optout"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

const ws = "ws-1"

// linked is a device that is linked.
type linked struct{}

func (linked) Get(_ context.Context, workspaceID, deviceID string) (device.Device, error) {
	return device.Device{ID: deviceID, WorkspaceID: workspaceID, Channel: "wire", LinkedAt: 1, Linked: true}, nil
}

// parrot answers whatever is left to it.
type parrot struct{}

func (parrot) Kind() chat.AuthorKind { return chat.ByRule }
func (parrot) Answer(context.Context, chat.Question) (*chat.Answer, error) {
	return &chat.Answer{Parts: []chat.Part{{Content: device.Content{Kind: device.KindText, Text: "aturan"}}}}, nil
}

// shop is chats with contacts who may opt out.
type shop struct {
	t        *testing.T
	contacts *contact.Service
	chats    *chat.Service
	sends    *outbox.Service
	words    workspace.OptOut
	n        int
}

func each(t *testing.T, fn func(t *testing.T, s *shop)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &shop{t: t, contacts: contact.New(d, contact.Config{}), words: workspace.DefaultOptOut("id")}
		s.sends = outbox.New(d, outbox.Config{OptedOut: s.contacts.OptedOut})
		service := optout.New(optout.Config{
			DB: d, Log: slog.New(slog.DiscardHandler), Contacts: s.contacts,
			Words: func(context.Context, string) (workspace.OptOut, error) { return s.words, nil },
			Post: func(ctx context.Context, p chat.Post) error {
				_, _, err := s.chats.Post(ctx, p)
				return err
			},
		})
		s.chats = chat.New(d, s.contacts, s.sends, chat.Config{Devices: linked{}, Answerers: []chat.Answerer{service, parrot{}}})
		s.chats.Arrived.Add("optout", service.Arrived)
		s.contacts.ConsentChanged.Add("outbox", func(ctx context.Context, c contact.ConsentChange) error {
			if c.Entry.State != contact.ConsentOut {
				return nil
			}
			return s.sends.OptOut(ctx, c.Contact.WorkspaceID, c.Contact.ID)
		})
		devices := device.New(device.Config{DB: d})
		dbtest.Migrated(t, d, contact.Module(s.contacts), device.Module(devices), outbox.Module(s.sends), chat.Module(s.chats))
		fn(t, s)
	})
}

func sari() device.Peer {
	return device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}}, Name: "Sari"}
}

type opt func(*device.Inbound)

func from(o device.Origin) opt { return func(in *device.Inbound) { in.Origin = o } }
func ours(in *device.Inbound)  { in.FromMe = true }
func ago(d time.Duration) opt {
	return func(in *device.Inbound) { in.At = time.Now().Add(-d).UnixMilli() }
}

func inGroup(in *device.Inbound) {
	in.Chat = device.Peer{Group: true, Addresses: []device.Address{{Kind: device.AddressGroup, Value: "1203"}}, Name: "Arisan"}
}

func (s *shop) hears(text string, opts ...opt) {
	s.t.Helper()
	s.n++
	in := device.Inbound{
		NetworkID: fmt.Sprint("N", s.n), Chat: sari(), Sender: sari(), At: time.Now().UnixMilli(), Origin: device.OriginLive,
		Content: device.Content{Kind: device.KindText, Text: text},
	}
	for _, o := range opts {
		o(&in)
	}
	d, _ := linked{}.Get(context.Background(), ws, "dev-1")
	if err := s.chats.Receive(context.Background(), d, in); err != nil {
		s.t.Fatal(err)
	}
}

// talk is the chat with Sari, what was said to her, and what she wants.
func (s *shop) talk() (c chat.Item, said []string, wants contact.Consent) {
	s.t.Helper()
	ctx := context.Background()
	who, err := s.contacts.Find(ctx, ws, "wire", sari().Addresses[0])
	if err != nil {
		s.t.Fatal(err)
	}
	if c, err = s.chats.Find(ctx, ws, "dev-1", who.ID); err != nil {
		s.t.Fatal(err)
	}
	span, err := s.chats.Messages(ctx, ws, c.Chat.ID, chat.Span{Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range span.Messages {
		if m.FromMe && m.By.Kind != chat.ByPhone {
			said = append(said, m.Content.Text)
		}
	}
	card, err := s.contacts.Card(ctx, ws, who.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return c, said, card.Consent
}

func TestStopIsHeardOnWhoseTurnItMayBeAndAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.hears("halo")
		c, _, _ := s.talk()
		if _, err := s.chats.SetTurn(t.Context(), ws, c.Chat.ID, chat.TurnHuman, 0); err != nil {
			t.Fatal(err)
		}
		s.hears("🛑 Ｓｔｏｐ !!")
		s.hears("STOP")
		s.hears("berhenti ")
		c, said, wants := s.talk()
		if want := []string{"aturan", s.words.AnswerOut}; !slices.Equal(said, want) || wants != contact.ConsentOut {
			t.Errorf("said %q, she wants %q; want %q and out", said, wants, want)
		}
		list, err := s.contacts.Consents(t.Context(), ws, c.Contact.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("history %+v, %v; want one line", list, err)
		}
		proof, err := s.chats.GetMessage(t.Context(), ws, list[0].ByID)
		if err != nil || proof.Content.Text != "🛑 Ｓｔｏｐ !!" || list[0].Why != proof.Content.Text || list[0].Channel != "wire" || list[0].DeviceID != "dev-1" {
			t.Errorf("the proof is %+v, the message %q, %v", list[0], proof.Content.Text, err)
		}
	})
}

// A sentence is heard as a word is: with its proof, answered once, and without a rule that answers it. One that is about
// something else is left to the rules.
func TestASentenceIsHeardAsAWordIs(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.hears("jangan kirim sekarang, besok saja")
		const text = "Kak, tolong jgn kirim promo lg ya"
		s.hears(text)
		s.hears("stop kirim promo dong")
		c, said, wants := s.talk()
		if want := []string{"aturan", s.words.AnswerOut}; !slices.Equal(said, want) || wants != contact.ConsentOut {
			t.Errorf("said %q, she wants %q; want %q and out", said, wants, want)
		}
		list, err := s.contacts.Consents(t.Context(), ws, c.Contact.ID)
		if err != nil || len(list) != 1 || list[0].Why != text || list[0].Source != contact.ConsentByContact {
			t.Errorf("history %+v, %v; want one line with the sentence", list, err)
		}
	})
}

func TestRulesAreNotAskedAboutAWish(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.hears("Mulai") // an everyday word: she has not stopped
		s.hears("stop")
		s.hears("stop")
		s.hears("Start!")
		s.hears("start")
		_, said, wants := s.talk()
		if want := []string{"aturan", s.words.AnswerOut, s.words.AnswerIn, "aturan"}; !slices.Equal(said, want) || wants != contact.ConsentIn {
			t.Errorf("said %q, she wants %q; want %q and in", said, wants, want)
		}
	})
}

func TestWhatIsNoWishOfTheirs(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.hears("halo")
		s.hears("STOP", inGroup)
		s.hears("STOP", ours)
		s.hears("STOP", from(device.OriginHistory))
		s.hears("tolong jangan stop dulu ya")
		if _, _, wants := s.talk(); wants != contact.ConsentUnknown {
			t.Errorf("she wants %q, want unknown", wants)
		}
	})
}

func TestALateWishCountsAndAnOldOneIsNotAnswered(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.hears("halo", ago(30*time.Hour), from(device.OriginOffline))
		s.hears("berhenti", ago(20*time.Hour), from(device.OriginOffline))
		_, said, wants := s.talk()
		if len(said) != 0 || wants != contact.ConsentOut {
			t.Errorf("said %q, she wants %q; want nothing and out", said, wants)
		}
	})
}

func TestNoAnswerWhereNoneIsWanted(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.words.WordsOut, s.words.AnswerOut = []string{"cukup sudah"}, ""
		s.hears("STOP")
		s.hears("Cukup   SUDAH.")
		_, said, wants := s.talk()
		if want := []string{"aturan"}; !slices.Equal(said, want) || wants != contact.ConsentOut {
			t.Errorf("said %q, she wants %q; want %q and out", said, wants, want)
		}
	})
}

// A broadcast runs: what waits for who writes STOP is skipped in the same moment, what is written later, too.
func TestABroadcastHeedsTheWish(t *testing.T) {
	each(t, func(t *testing.T, s *shop) {
		s.hears("halo")
		c, _, _ := s.talk()
		send := func(lane outbox.Lane) outbox.Send {
			t.Helper()
			_, send, err := s.chats.Post(t.Context(), chat.Post{
				WorkspaceID: ws, ChatID: c.Chat.ID, Lane: lane, By: chat.Author{Kind: chat.ByBroadcast}, Content: device.Content{Kind: device.KindText, Text: "promo"},
			})
			if err != nil {
				t.Fatal(err)
			}
			return send
		}
		before, bill := send(outbox.LaneBroadcast), send(outbox.LaneNotify)
		s.hears("STOP")
		after := send(outbox.LaneFollowUp)
		for name, want := range map[string]outbox.State{before.ID: outbox.StateSkipped, after.ID: outbox.StateSkipped, bill.ID: outbox.StateQueued} {
			got, err := s.sends.Get(t.Context(), ws, name)
			if err != nil || got.State != want || want == outbox.StateSkipped && got.Code != outbox.CodeOptedOut {
				t.Errorf("a send on %s is %s %q, %v; want %s", got.Lane, got.State, got.Code, err, want)
			}
			m, err := s.chats.GetMessage(t.Context(), ws, name)
			if err != nil || m.State != want {
				t.Errorf("its message is %s, %v; want %s", m.State, err, want)
			}
		}
	})
}
