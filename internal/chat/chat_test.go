package chat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

const ws = "ws-1"

var dev = device.Device{ID: "dev-1", WorkspaceID: ws, Channel: "wire", LinkedAt: 1, Linked: true, Account: device.Account{Number: "6200"}}

// shelf knows the one device.
type shelf struct{}

var errNoDevice = errors.New("no such device")

func (shelf) Get(_ context.Context, workspaceID, id string) (device.Device, error) {
	if workspaceID == ws && id == "spare" {
		return device.Device{ID: id, WorkspaceID: ws, Channel: "wire"}, nil // never linked
	}
	if workspaceID != ws || id != dev.ID {
		return device.Device{}, errNoDevice
	}
	return dev, nil
}

// world is the three nouns on one database.
type world struct {
	t        testing.TB
	db       *db.DB
	contacts *contact.Service
	sends    *outbox.Service
	s        *chat.Service

	mu      sync.Mutex
	now     time.Time
	arrived []chat.Arrived
	events  []chat.Event
}

func newWorld(t testing.TB, d *db.DB, c chat.Config) *world {
	w := &world{t: t, db: d, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), contacts: contact.New(d, contact.Config{})}
	w.sends = outbox.New(d, outbox.Config{Now: w.clock})
	c.Devices, c.Now = shelf{}, w.clock
	c.Live = func(e chat.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}
	w.s = chat.New(d, w.contacts, w.sends, c)
	w.s.Arrived.Add("test", func(_ context.Context, a chat.Arrived) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.arrived = append(w.arrived, a)
		return nil
	})
	devices := device.New(device.Config{DB: d})
	dbtest.Migrated(t, d, contact.Module(w.contacts), device.Module(devices), outbox.Module(w.sends), chat.Module(w.s))
	return w
}

func each(t *testing.T, c chat.Config, fn func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d, c)) })
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func phone(v string) device.Address { return device.Address{Kind: device.AddressPhone, Value: v} }
func lid(v string) device.Address   { return device.Address{Kind: device.AddressLID, Value: v} }

func peer(a ...device.Address) device.Peer { return device.Peer{Addresses: a} }

func text(s string) device.Content { return device.Content{Kind: device.KindText, Text: s} }

type opt func(*device.Inbound)

func from(p device.Peer) opt       { return func(in *device.Inbound) { in.Chat, in.Sender = p, p } }
func origin(o device.Origin) opt   { return func(in *device.Inbound) { in.Origin = o } }
func content(c device.Content) opt { return func(in *device.Inbound) { in.Content = c } }
func ago(d time.Duration) opt      { return func(in *device.Inbound) { in.At -= d.Milliseconds() } }
func fromMe(in *device.Inbound)    { in.FromMe, in.Sender = true, device.Peer{} }
func inGroup(g string, s device.Peer) opt {
	return func(in *device.Inbound) {
		in.Chat, in.Sender = device.Peer{Group: true, Addresses: []device.Address{{Kind: device.AddressGroup, Value: g}}}, s
	}
}

// write has Budi (or whom the options say) write; the network id is the text unless it is given.
func (w *world) write(id string, opts ...opt) {
	w.t.Helper()
	in := device.Inbound{NetworkID: id, At: w.clock().UnixMilli(), Origin: device.OriginLive, Content: text(id), Raw: []byte("raw " + id)}
	from(device.Peer{Name: "Budi", Addresses: []device.Address{phone("6281")}})(&in)
	for _, o := range opts {
		o(&in)
	}
	if err := w.s.Receive(context.Background(), dev, in); err != nil {
		w.t.Fatalf("Receive(%s) failed: %v", id, err)
	}
}

// chats is the whole list.
func (w *world) chats() []chat.Item {
	w.t.Helper()
	p, err := w.s.List(context.Background(), ws, chat.Filter{})
	if err != nil {
		w.t.Fatalf("List failed: %v", err)
	}
	return p.Items
}

// only is the one chat that there must be.
func (w *world) only() chat.Item {
	w.t.Helper()
	list := w.chats()
	if len(list) != 1 {
		w.t.Fatalf("got %d chats, want one: %+v", len(list), list)
	}
	return list[0]
}

func (w *world) messages(chatID string) []chat.Message {
	w.t.Helper()
	p, err := w.s.Messages(context.Background(), ws, chatID, chat.Span{Limit: 200})
	if err != nil {
		w.t.Fatalf("Messages failed: %v", err)
	}
	return p.Messages
}

func texts(list []chat.Message) (out []string) {
	for _, m := range list {
		out = append(out, m.Content.Text)
	}
	return out
}

func (w *world) post(p chat.Post) chat.Message {
	w.t.Helper()
	p.WorkspaceID = ws
	if p.ChatID == "" {
		p.DeviceID = dev.ID
	}
	m, _, err := w.s.Post(context.Background(), p)
	if err != nil {
		w.t.Fatalf("Post(%+v) failed: %v", p, err)
	}
	return m
}

func TestAMessageIsStoredOnce(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo")
		w.write("halo")
		c := w.only()
		if c.Unread != 1 || c.Last.Preview != "halo" || c.Last.FromMe || c.Turn != chat.TurnBot || c.Contact.Name != "Budi" || c.FirstAt == 0 {
			t.Errorf("got chat %+v, want one unread halo from Budi at the bot's turn", c)
		}
		got := w.messages(c.Chat.ID)
		if len(got) != 1 || got[0].State != chat.StateReceived || got[0].SenderID != c.Contact.ID || got[0].Origin != device.OriginLive {
			t.Errorf("got messages %+v, want one of the contact's", got)
		}
		if len(w.arrived) != 1 || !w.arrived[0].First || w.arrived[0].Sender.ID != c.Contact.ID {
			t.Errorf("Arrived fired %d times, want once with First: %+v", len(w.arrived), w.arrived)
		}
		w.write("lagi")
		if c := w.only(); c.Unread != 2 || w.arrived[1].First {
			t.Errorf("after the second: unread %d, first %v; want 2 and false", c.Unread, w.arrived[1].First)
		}
		if m, err := w.s.GetByNetworkID(t.Context(), ws, dev.ID, "halo"); err != nil || string(m.Raw) != "raw halo" {
			t.Errorf("GetByNetworkID: got %q, %v; want its raw form", m.Raw, err)
		}
	})
}

func TestAVetoStoresNothing(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		veto := errors.New("no")
		w.s.Arrived.Add("veto", func(context.Context, chat.Arrived) error { return veto })
		err := w.s.Receive(t.Context(), dev, device.Inbound{NetworkID: "x", Chat: peer(phone("62")), Content: text("x"), Origin: device.OriginLive})
		if !errors.Is(err, veto) {
			t.Fatalf("got %v, want the veto", err)
		}
		if n := len(w.chats()); n != 0 || len(w.events) != 0 {
			t.Errorf("got %d chats and events %v, want none", n, w.events)
		}
	})
}

func TestHistoryIsOnlyShown(t *testing.T) {
	bot := &parrot{}
	each(t, chat.Config{Answerers: []chat.Answerer{bot}}, func(t *testing.T, w *world) {
		w.write("new")
		w.write("old", origin(device.OriginHistory), ago(48*time.Hour))
		w.write("mine", fromMe, origin(device.OriginHistory), ago(24*time.Hour))
		c := w.only()
		if c.Unread != 1 || c.Turn != chat.TurnBot || c.FirstAt != w.clock().Add(-48*time.Hour).UnixMilli() {
			t.Errorf("got %+v, want one unread, the bot's turn, first two days ago", c)
		}
		if diff := cmp.Diff([]string{"old", "mine", "new", "re new"}, texts(w.messages(c.Chat.ID))); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}

func TestThePhonesOwnTypingTakesTheTurn(t *testing.T) {
	each(t, chat.Config{Answerers: []chat.Answerer{&parrot{}}}, func(t *testing.T, w *world) {
		w.write("halo")
		w.write("dari hp", fromMe)
		c := w.only()
		if c.Turn != chat.TurnHuman || c.Unread != 0 || c.TurnVersion != 2 {
			t.Errorf("got %+v, want a person's turn and nothing unread", c)
		}
		w.write("tanya")
		got := w.messages(c.Chat.ID)
		if diff := cmp.Diff([]string{"halo", "re halo", "dari hp", "tanya"}, texts(got)); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
		if m := got[2]; m.By.Kind != chat.ByPhone || !m.FromMe || m.State != outbox.StateSent {
			t.Errorf("the phone's message: got %+v", m)
		}
		err := w.s.Receipts(t.Context(), dev, device.Receipt{Kind: device.ReceiptRead, NetworkIDs: []string{"dari hp"}})
		if m, _ := w.s.GetMessage(t.Context(), ws, got[2].ID); err != nil || m.State != outbox.StateRead {
			t.Errorf("after the receipt: got %s, %v; want read", m.State, err)
		}
	})
}

func TestWhoBeginsToTypeOnThePhoneHasTheTurn(t *testing.T) {
	each(t, chat.Config{Answerers: []chat.Answerer{&parrot{}}}, func(t *testing.T, w *world) {
		typing := device.Typing{Chat: device.Peer{Addresses: []device.Address{phone("6281")}}, FromMe: true, On: true}
		if err := w.s.Typing(t.Context(), dev, typing); err != nil {
			t.Fatalf("typing to somebody unknown: %v", err)
		}
		w.write("halo")
		if err := w.s.Typing(t.Context(), dev, device.Typing{Chat: device.Peer{Addresses: []device.Address{phone("6281")}}, On: true}); err != nil {
			t.Fatal(err)
		}
		if c := w.only(); c.Turn != chat.TurnBot {
			t.Errorf("the contact's typing moved the turn to %s", c.Turn)
		}
		if err := w.s.Typing(t.Context(), dev, typing); err != nil {
			t.Fatal(err)
		}
		if c := w.only(); c.Turn != chat.TurnHuman {
			t.Errorf("got the turn %s, want human", c.Turn)
		}
	})
}

func TestTheEchoOfOurSendIsNobodysTyping(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		m := w.post(chat.Post{To: peer(phone("6281")), Content: text("promo"), By: chat.Author{Kind: chat.ByAPI}, Lane: outbox.LaneNotify})
		// The network shows it in the chat of an address that we don't know yet.
		w.write("echo", fromMe, func(in *device.Inbound) { in.NetworkID, in.Chat = m.NetworkID, peer(lid("99")) })
		if c := w.only(); c.Turn != chat.TurnBot || len(w.messages(c.Chat.ID)) != 1 {
			t.Errorf("got %+v, want the bot's turn and one message", c)
		}
	})
}

func TestAChatGoesBackWhenNobodyAnswers(t *testing.T) {
	idle := func(context.Context, string) (time.Duration, error) { return time.Hour, nil }
	each(t, chat.Config{TurnIdle: idle, Answerers: []chat.Answerer{&parrot{}}}, func(t *testing.T, w *world) {
		w.write("a")
		c := w.only()
		w.post(chat.Post{ChatID: c.Chat.ID, Content: text("saya Rina"), By: chat.Author{Kind: chat.ByMember, ID: "m"}})
		w.pass(59 * time.Minute)
		w.write("b")
		w.post(chat.Post{ChatID: c.Chat.ID, Content: text("ya"), By: chat.Author{Kind: chat.ByMember, ID: "m"}})
		w.pass(59 * time.Minute)
		w.write("c")
		w.pass(2 * time.Minute)
		w.write("d")
		want := []string{"a", "re a", "saya Rina", "b", "ya", "c", "d", "re d"}
		if diff := cmp.Diff(want, texts(w.messages(c.Chat.ID))); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}

func TestSetTurnIsCompareAndSet(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		c := w.only().Chat
		got, err := w.s.SetTurn(t.Context(), ws, c.ID, chat.TurnHuman, c.TurnVersion)
		if err != nil || got.Turn != chat.TurnHuman || got.TurnVersion != c.TurnVersion+1 {
			t.Fatalf("got %+v, %v", got, err)
		}
		if _, err := w.s.SetTurn(t.Context(), ws, c.ID, chat.TurnBot, c.TurnVersion); !errors.Is(err, chat.ErrTurnMoved) {
			t.Errorf("an old version: got %v, want ErrTurnMoved", err)
		}
		_, _, err = w.s.Post(t.Context(), chat.Post{WorkspaceID: ws, ChatID: c.ID, Content: text("late"), IfTurn: c.TurnVersion})
		if !errors.Is(err, chat.ErrTurnMoved) || len(w.messages(c.ID)) != 1 {
			t.Errorf("a late bot: got %v, want ErrTurnMoved and nothing said", err)
		}
		if _, err := w.s.SetTurn(t.Context(), "ws-2", c.ID, chat.TurnBot, 0); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("a stranger: got %v, want ErrNotFound", err)
		}
	})
}

func TestPost(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		m := w.post(chat.Post{To: peer(phone("6281")), Content: text("promo"), By: chat.Author{Kind: chat.ByAPI}, Lane: outbox.LaneNotify})
		send, err := w.sends.Get(t.Context(), ws, m.SendID)
		if err != nil || !send.Cold || send.To.Address(device.AddressPhone) != "6281" || send.NetworkID != m.NetworkID || m.ID != send.ID {
			t.Errorf("send: got %+v, %v; want a cold one to 6281 with the message's ids", send, err)
		}
		c := w.only()
		if c.Turn != chat.TurnBot || !c.Last.FromMe || c.FirstAt != 0 {
			t.Errorf("chat: got %+v, want the bot's turn", c)
		}
		w.write("ya")
		w.pass(time.Second)
		m2 := w.post(chat.Post{ChatID: c.Chat.ID, Content: text("baik"), By: chat.Author{Kind: chat.ByMember, ID: "mem"}})
		if send, err = w.sends.Get(t.Context(), ws, m2.SendID); err != nil || send.Cold {
			t.Errorf("second send: got %+v, %v; want a warm one", send, err)
		}
		if c = w.only(); c.Turn != chat.TurnHuman || c.Unread != 0 {
			t.Errorf("after a member's answer: got %+v, want a person's turn and nothing unread", c)
		}
		if err := w.s.Receipts(t.Context(), dev, device.Receipt{Kind: device.ReceiptDelivered, NetworkIDs: []string{m.NetworkID}}); err != nil {
			t.Fatal(err)
		}
		if got := w.messages(c.Chat.ID); got[0].State != outbox.StateDelivered || got[2].State != outbox.StateQueued {
			t.Errorf("states: got %s and %s, want delivered and queued", got[0].State, got[2].State)
		}
	})
}

func TestPostRefusesWhatIsWrong(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		to := peer(phone("6281"))
		for name, c := range map[string]struct {
			p    chat.Post
			want error
		}{
			"empty":            {chat.Post{DeviceID: dev.ID, To: to, Content: text(" \x00")}, chat.ErrContent},
			"no kind":          {chat.Post{DeviceID: dev.ID, To: to}, chat.ErrContent},
			"too long":         {chat.Post{DeviceID: dev.ID, To: to, Content: text(strings.Repeat("x", 65537))}, chat.ErrContent},
			"image, no bytes":  {chat.Post{DeviceID: dev.ID, To: to, Content: device.Content{Kind: device.KindImage}}, chat.ErrContent},
			"nobody":           {chat.Post{DeviceID: dev.ID, Content: text("x")}, chat.ErrRecipient},
			"unknown chat":     {chat.Post{ChatID: "x", Content: text("x")}, chat.ErrNotFound},
			"strange device":   {chat.Post{DeviceID: "x", To: to, Content: text("x")}, errNoDevice},
			"strange, by chat": {chat.Post{ChatID: "x", DeviceID: "y", Content: text("x")}, chat.ErrNotFound},
		} {
			c.p.WorkspaceID = ws
			if _, _, err := w.s.Post(t.Context(), c.p); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if n := len(w.chats()); n != 0 {
			t.Errorf("got %d chats, want none: a refused post changes nothing", n)
		}
	})
}

// parrot answers every question with "re" and the question.
type parrot struct {
	parts func(q chat.Question) []chat.Part
}

func (*parrot) Kind() chat.AuthorKind { return chat.ByRule }

func (p *parrot) Answer(_ context.Context, q chat.Question) (*chat.Answer, error) {
	parts := []chat.Part{{Content: text("re " + q.Message.Content.Text)}}
	if p.parts != nil {
		parts = p.parts(q)
	}
	return &chat.Answer{Parts: parts, By: "rule-1"}, nil
}

// wreck writes something and then fails.
type wreck struct {
	db    *db.DB
	panic bool
}

func (*wreck) Kind() chat.AuthorKind { return chat.ByPlugin }

func (k *wreck) Answer(ctx context.Context, q chat.Question) (*chat.Answer, error) {
	if !q.Preview {
		if _, err := k.db.Exec(ctx, `UPDATE contacts SET name = 'wrecked' WHERE workspace_id = $1`, ws); err != nil {
			return nil, err
		}
		if k.panic {
			panic("broken")
		}
		_, err := k.db.Exec(ctx, `SELECT nonsense FROM nowhere`)
		return nil, err
	}
	return nil, errors.New("broken")
}

func TestAFailingAnswererIsUndone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, chat.Config{Answerers: []chat.Answerer{&wreck{d, false}, &wreck{d, true}, &parrot{}}})
		w.write("halo")
		c := w.only()
		if diff := cmp.Diff([]string{"halo", "re halo"}, texts(w.messages(c.Chat.ID))); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
		if c.Contact.Name != "Budi" {
			t.Errorf("the contact is called %q, want the broken answerers' work undone", c.Contact.Name)
		}
		m := w.messages(c.Chat.ID)[1]
		if m.By != (chat.Author{Kind: chat.ByRule, ID: "rule-1"}) || m.State != outbox.StateQueued {
			t.Errorf("the answer: got %+v, want a queued one by rule-1", m)
		}
		a, kind, err := w.s.Preview(t.Context(), chat.Question{WorkspaceID: ws, Device: dev, Message: chat.Message{Content: text("coba")}})
		if err != nil || a == nil || kind != chat.ByRule || a.Parts[0].Content.Text != "re coba" {
			t.Errorf("Preview: got %+v by %s, %v", a, kind, err)
		}
		if n := len(w.messages(c.Chat.ID)); n != 2 {
			t.Errorf("after a preview: got %d messages, want 2", n)
		}
	})
}

func TestPartsFollowEachOther(t *testing.T) {
	bot := &parrot{parts: func(chat.Question) []chat.Part {
		return []chat.Part{
			{Content: text("1"), Delay: 2 * time.Second, Typing: true},
			{Content: text("2"), Delay: 3 * time.Second},
			{Content: text("3"), Delay: time.Second, Typing: true},
		}
	}}
	each(t, chat.Config{Answerers: []chat.Answerer{bot}}, func(t *testing.T, w *world) {
		w.write("halo")
		var got []string
		for _, m := range w.messages(w.only().Chat.ID)[1:] {
			send, err := w.sends.Get(t.Context(), ws, m.SendID)
			if err != nil {
				t.Fatal(err)
			}
			after := time.Duration(0)
			if send.NotBefore > 0 {
				after = time.UnixMilli(send.NotBefore).Sub(w.clock())
			}
			got = append(got, fmt.Sprintf("%s after %v typing %v", m.Content.Text, after, send.Typing))
		}
		if diff := cmp.Diff([]string{"1 after 0s typing 2s", "2 after 3s typing 0s", "3 after 3s typing 1s"}, got); diff != "" {
			t.Errorf("parts (-want +got):\n%s", diff)
		}
	})
}

func TestWhoIsAnswered(t *testing.T) {
	group := inGroup("g", peer(phone("6282")))
	for name, c := range map[string]struct {
		opts []opt
		want bool
	}{
		"live":          {nil, true},
		"group":         {[]opt{group}, true},
		"waited 5 h":    {[]opt{origin(device.OriginOffline), ago(5 * time.Hour)}, true},
		"waited 7 h":    {[]opt{origin(device.OriginOffline), ago(7 * time.Hour)}, false},
		"history":       {[]opt{origin(device.OriginHistory)}, false},
		"our own phone": {[]opt{fromMe}, false},
		"reaction":      {[]opt{content(device.Content{Kind: device.KindReaction, Text: "👍", Target: "x"})}, false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, chat.Config{Answerers: []chat.Answerer{&parrot{}}}, func(t *testing.T, w *world) {
				w.write("q", c.opts...)
				var n int
				if err := w.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM sends WHERE workspace_id = $1`, ws).Scan(&n); err != nil {
					t.Fatal(err)
				}
				if got := n == 1; got != c.want {
					t.Errorf("got %d answers, want answered: %v", n, c.want)
				}
			})
		})
	}
}

func TestEditsRevokesAndReactions(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		edit := func(target, s string) opt {
			return content(device.Content{Kind: device.KindEdit, Text: s, Target: target})
		}
		w.write("a")
		w.write("e1", edit("a", "A!"))
		w.write("r1", content(device.Content{Kind: device.KindReaction, Text: "👍", Target: "a"}))
		w.write("r2", content(device.Content{Kind: device.KindReaction, Text: "❤", Target: "a"}))
		w.write("r3", fromMe, content(device.Content{Kind: device.KindReaction, Text: "🙏", Target: "a"}))
		w.write("e2", fromMe, edit("a", "not mine to change"))
		// The edit comes before what it edits.
		w.write("e3", edit("b", "B!"))
		w.write("b")
		c := w.only()
		got := w.messages(c.Chat.ID)
		if diff := cmp.Diff([]string{"A!", "B!"}, texts(got)); diff != "" {
			t.Fatalf("messages (-want +got):\n%s", diff)
		}
		if a := got[0]; a.EditedAt == 0 || len(a.Reactions) != 2 || a.Reactions[0].Emoji != "❤" || a.Reactions[1].SenderID != "" {
			t.Errorf("a: got %+v, want it edited with one reaction of each", a)
		}
		if c.Unread != 2 || c.Last.Preview != "B!" || c.Turn != chat.TurnBot {
			t.Errorf("chat: got %+v, want 2 unread, B! last, the bot's turn", c)
		}
		w.write("v", content(device.Content{Kind: device.KindRevoke, Target: "b"}))
		w.write("e4", edit("b", "too late"))
		if b := w.messages(c.Chat.ID)[1]; b.RevokedAt == 0 || b.Content.Text != "B!" {
			t.Errorf("b: got %+v, want it revoked and not edited after", b)
		}
		m := w.post(chat.Post{ChatID: c.Chat.ID, Content: text("ours"), By: chat.Author{Kind: chat.ByAPI}})
		w.write("v2", content(device.Content{Kind: device.KindRevoke, Target: m.NetworkID}))
		if got, _ := w.s.GetMessage(t.Context(), ws, m.ID); got.RevokedAt != 0 {
			t.Error("a customer took back our message")
		}
		w.post(chat.Post{ChatID: c.Chat.ID, Content: device.Content{Kind: device.KindRevoke, Target: m.NetworkID}})
		if got, _ := w.s.GetMessage(t.Context(), ws, m.ID); got.RevokedAt == 0 {
			t.Error("we could not take back our own message")
		}
	})
}

func TestGroupSenders(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("x", inGroup("g", peer(phone("1"))))
		w.write("x", inGroup("g", peer(phone("2")))) // the same id by somebody else
		w.write("x", inGroup("g", peer(phone("2"))))
		c := w.only()
		if !c.Group || c.Unread != 2 {
			t.Errorf("got %+v, want a group with 2 unread", c)
		}
		// Who was known by a LID turns out to be known: what is told again is still a double.
		w.write("y", inGroup("g", peer(lid("9"))))
		if err := w.s.Same(t.Context(), dev, peer(phone("1"), lid("9"))); err != nil {
			t.Fatal(err)
		}
		w.write("y", inGroup("g", peer(lid("9"), phone("1"))))
		if got := texts(w.messages(c.Chat.ID)); len(got) != 3 {
			t.Errorf("got %v, want three messages", got)
		}
	})
}

// A message that could not be read at first comes from its sender and from the own phone, which know the person by
// different addresses. It is told once, in the chat of the copy that came first.
func TestWhatComesAgainIsThereOnce(t *testing.T) {
	again := func(in *device.Inbound) { in.Again = true }
	for name, order := range map[string][2]device.Address{"phone first": {phone("6281"), lid("99")}, "lid first": {lid("99"), phone("6281")}} {
		t.Run(name, func(t *testing.T) {
			each(t, chat.Config{}, func(t *testing.T, w *world) {
				w.write("x", inGroup("g", peer(phone("7")))) // a group's member may have taken the id
				w.write("x", from(peer(order[0])), again)
				w.write("x", from(peer(order[1])), again)
				list := w.chats()
				if len(list) != 2 || list[0].Unread != 1 || list[1].Unread != 1 || len(w.arrived) != 2 {
					t.Fatalf("got %d arrivals and the chats %+v, want the group's and a person's, with one message each", len(w.arrived), list)
				}
				if n, err := w.contacts.Count(t.Context(), ws, filter.Node{}); err != nil || n != 3 {
					t.Errorf("got %d contacts, %v; want the group, its member and the person", n, err)
				}
				w.write("x", from(device.Peer{Name: "Sari", Addresses: order[:1]}), again)
				if c, err := w.contacts.Find(t.Context(), ws, dev.Channel, order[0]); err != nil || c.Name != "Sari" || len(w.arrived) != 2 {
					t.Errorf("got %+v, %v, and %d arrivals; want the name that the other copy brought and no more", c, err, len(w.arrived))
				}
				w.write("y", from(peer(order[0])))
				w.write("y", from(peer(order[1]))) // an id by itself says nothing
				if list := w.chats(); len(list) != 3 {
					t.Errorf("got the chats %+v, want one more", list)
				}
				w.write("x", from(peer(order[0], order[1])), again)
				if list := w.chats(); len(list) != 2 || len(w.arrived) != 4 {
					t.Errorf("got %d arrivals and the chats %+v, want one person, now that a copy has both addresses", len(w.arrived), list)
				}
			})
		})
	}
}

// One person is known by two addresses and has written to us as two; then we learn that they are one.
func TestJoinedContactsHaveOneChat(t *testing.T) {
	for name, order := range map[string][2]device.Address{"phone first": {phone("6281"), lid("99")}, "lid first": {lid("99"), phone("6281")}} {
		t.Run(name, func(t *testing.T) {
			each(t, chat.Config{}, func(t *testing.T, w *world) {
				w.write("1", from(peer(order[0])), ago(5*time.Minute))
				w.write("2", from(peer(order[1])), ago(4*time.Minute))
				w.write("1", from(peer(order[1])), ago(5*time.Minute)) // a double under the other address
				w.pass(time.Second)
				elder := w.chats()[0]
				reply := w.post(chat.Post{To: peer(order[1]), Content: text("3"), By: chat.Author{Kind: chat.ByMember, ID: "m"}})
				w.pass(time.Second)
				w.write("4", from(peer(order[0], order[1])))
				c := w.only()
				if diff := cmp.Diff([]string{"1", "2", "3", "4"}, texts(w.messages(c.Chat.ID))); diff != "" {
					t.Errorf("messages (-want +got):\n%s", diff)
				}
				if c.Turn != chat.TurnHuman || c.Unread != 2 || c.Contact.Phone != "6281" {
					t.Errorf("got %+v, want a person's turn, 2 unread (1 and 4) and the phone", c)
				}
				for _, id := range []string{elder.Chat.ID, reply.ChatID} {
					if got, err := w.s.Get(t.Context(), ws, id); err != nil || got.Chat.ID != c.Chat.ID {
						t.Errorf("Get(%s): got %s, %v; want the one chat", id, got.Chat.ID, err)
					}
				}
				if send, err := w.sends.Get(t.Context(), ws, reply.SendID); err != nil || send.ChatID != c.Chat.ID {
					t.Errorf("the send is in chat %s, %v; want %s", send.ChatID, err, c.Chat.ID)
				}
				w.write("5", from(peer(order[1])))
				if n := len(w.messages(c.Chat.ID)); n != 5 {
					t.Errorf("after one more: got %d messages in the chat, want 5", n)
				}
			})
		})
	}
}
