package notify_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/feature/notify"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/team"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

const (
	contactURL = "https://ping.toko.example"
	password   = "rahasia-panjang-sekali"
)

// threads is what the rig knows of chats.
type threads struct {
	mu      sync.Mutex
	chats   map[string]chat.Item
	present map[string][]chat.Presence
}

func (c *threads) Get(_ context.Context, workspaceID, id string) (chat.Item, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	it, ok := c.chats[id]
	if !ok || it.WorkspaceID != workspaceID {
		return chat.Item{}, chat.ErrNotFound
	}
	return it, nil
}

func (c *threads) Present(_, id string) []chat.Presence {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.present[id]
}

// rig is a shop with members who are signed in, its log, and nodes that ring the bells.
type rig struct {
	t       *testing.T
	db      *db.DB
	events  *event.Service
	members *member.Service
	teams   *team.Service
	chats   *threads
	seal    *seal.Box
	nodes   []*notify.Service
	ws      string
	clock   atomic.Int64 // added to the time, in ns
}

func (r *rig) now() time.Time { return time.Now().Add(time.Duration(r.clock.Load())) }

func newRig(t *testing.T, d *db.DB, nodes int) *rig {
	t.Helper()
	r := &rig{t: t, db: d, chats: &threads{chats: map[string]chat.Item{}, present: map[string][]chat.Presence{}}}
	box, err := seal.Load("", "a secret for tests only")
	if err != nil {
		t.Fatal(err)
	}
	r.seal = box
	quiet := slog.New(slog.DiscardHandler)
	workspaces := workspace.New(d, r.now)
	deeds := audit.New(d, quiet, r.now)
	r.members = member.New(member.Config{
		Factors: factor.New(factor.Config{DB: d, Seal: box, Now: r.now}), DB: d, Log: quiet, Workspaces: workspaces, Audit: deeds, Now: r.now,
		Password: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	})
	r.teams = team.New(team.Config{DB: d, Now: r.now, Member: func(ctx context.Context, ws, id string) error {
		_, err := r.members.Get(ctx, ws, id)
		return err
	}})
	r.events = event.New(event.Config{DB: d, Now: r.now, Poll: 5 * time.Millisecond})
	for range nodes {
		r.nodes = append(r.nodes, r.node())
	}
	dbtest.Migrated(t, d, workspace.Module(workspaces), audit.Module(deeds), factor.Module(), member.Module(r.members), team.Module(r.teams),
		event.Module(r.events), notify.Module(r.nodes[0]))
	r.members.Over.Add("notify", r.nodes[0].Over)
	w, err := workspaces.Create(t.Context(), "Toko")
	if err != nil {
		t.Fatal(err)
	}
	r.ws = w.ID
	return r
}

func (r *rig) node() *notify.Service {
	out := outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback, Follow: outbound.SameHost, Timeout: 5 * time.Second})
	s := notify.New(notify.Config{
		DB: r.db, Seal: r.seal, Events: r.events, Chats: r.chats, Members: r.members, Teams: r.teams, Client: out.Client(), CheckURL: out.Check,
		Plain: true, Contact: contactURL, Now: r.now, Every: 10 * time.Millisecond,
	})
	r.events.Grown.Add(s.Grown)
	return s
}

// run has the log and the nodes work until the test ends.
func (r *rig) run() {
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	mods := []module.Module{event.Module(r.events)}
	for _, n := range r.nodes {
		mods = append(mods, notify.Module(n))
	}
	for _, m := range mods {
		all.Go(func() {
			if err := m.Run(ctx); err != nil {
				r.t.Errorf("%s: %v", m.Name, err)
			}
		})
	}
	r.t.Cleanup(func() {
		stop()
		all.Wait()
	})
}

// join makes a member.
func (r *rig) join(name string, role member.Role) member.Member {
	r.t.Helper()
	m, err := r.members.Create(r.t.Context(), r.ws, member.Fields{Email: name + "@toko.example", Name: name, Role: role, Password: password})
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

// signIn begins a session of a member.
func (r *rig) signIn(name string) member.Principal {
	r.t.Helper()
	e, err := r.members.Login(r.t.Context(), name+"@toko.example", password)
	if err != nil {
		r.t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.AddCookie(&http.Cookie{Name: "ping_session", Value: e.Token})
	p, err := r.members.Authenticate(req)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// hang gives a session a browser that is told; change may alter what it asks for.
func (r *rig) hang(p member.Principal, change func(*notify.Fields)) *browser {
	r.t.Helper()
	b := newBrowser(r.t)
	f := b.subscribe(r.key())
	if change != nil {
		change(&f)
	}
	if _, err := r.nodes[0].Set(r.t.Context(), p, f); err != nil {
		r.t.Fatalf("Set: %v", err)
	}
	return b
}

// chat puts in a chat that waits for a person.
func (r *rig) chat(id string, change func(*chat.Chat)) {
	c := chat.Chat{ID: id, WorkspaceID: r.ws, Turn: chat.TurnHuman, Unread: 1, WaitingSince: r.now().UnixMilli(), Status: chat.StatusOpen}
	if change != nil {
		change(&c)
	}
	r.chats.mu.Lock()
	defer r.chats.mu.Unlock()
	r.chats.chats[id] = chat.Item{Chat: c, Contact: contact.Contact{ID: "p-" + id, Name: "Sari " + id}}
}

func (r *rig) look(id, memberID string) {
	r.chats.mu.Lock()
	defer r.chats.mu.Unlock()
	r.chats.present[id] = []chat.Presence{{ChatID: id, MemberID: memberID}}
}

func (r *rig) tell(t event.Type, data any) {
	r.t.Helper()
	err := r.db.Tx(r.t.Context(), func(ctx context.Context) error {
		return r.events.Append(ctx, event.Draft{WorkspaceID: r.ws, Type: t, Subject: "s", Data: data})
	})
	if err != nil {
		r.t.Fatalf("append %s: %v", t, err)
	}
}

// write has a contact write in a chat, as the chat is now.
func (r *rig) write(id, text string) {
	r.t.Helper()
	it, err := r.chats.Get(r.t.Context(), r.ws, id)
	if err != nil {
		r.t.Fatal(err)
	}
	r.tell(event.MessageReceived, event.Message{
		Message: chat.MessageView{ChatID: id, Content: device.Content{Kind: device.KindText, Text: text}},
		Chat:    event.Thread{ID: id, Group: it.Group, Turn: it.Turn, AssigneeID: it.AssigneeID, TeamID: it.TeamID},
		Sender:  &event.Person{Name: "Budi"},
	})
}
