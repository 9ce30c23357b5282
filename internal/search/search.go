// Package search owns the index of words by which messages are found.
package search

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// Config is what the service needs. Every field but Log must be set.
type Config struct {
	DB       *db.DB
	Contacts *contact.Service
	Chats    *chat.Service
	Log      *slog.Logger // nil discards
}

// Service is the index of all workspaces. Its methods Arrived, Posted, Altered and MarkMade are for the chats' hooks of
// these names, Forget for the devices' Deleted.
type Service struct {
	db       *db.DB
	store    store
	contacts *contact.Service
	chats    *chat.Service
	log      *slog.Logger
	nudge    chan struct{}
	heard    atomic.Bool // that something is new; it is seen to in a moment
}

// New makes the service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: c.DB, store: store{c.DB, budget}, contacts: c.Contacts, chats: c.Chats, log: c.Log, nudge: make(chan struct{}, 1)}
}

// Module lists the package in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "search", Upgrades: upgrades(), API: func(h huma.API) { api{s}.register(h) }, Run: s.run}
}

// Hit is a message that was found.
type Hit struct {
	MessageID string
	Chat      string // its id
	DeviceID  string
	Contact   contact.Contact // whose chat it is
	SenderID  string          // contact who wrote it, "" for ours
	FromMe    bool
	By        chat.Author // with FromMe
	Kind      device.Kind
	At        int64 // unix ms
	Parts     []Part

	num int64
}

// Person is a contact that was found.
type Person struct {
	Contact contact.Contact
	Name    []Part
	Chats   []chat.Item // newest first
}

// Query is what is looked for.
type Query struct {
	Text   string
	ChatID string // only in this chat; then no contacts are looked for
	After  string // Found.Next of the page before; "" is the first
	Limit  int
}

// Found is a page of what was found; contacts are on the first one only. A page may have few hits, or none, and a Next all
// the same: so much was looked through in the time of one question.
type Found struct {
	People   []Person
	Messages []Hit
	Next     string // "" at the end
}

// maxPeople is how many contacts are shown: whoever wants more types on.
const maxPeople = 8

// Find looks for a text: all its words, the last one as the beginning of a word unless something follows it. Messages
// come newest first. A text without words finds nothing.
func (s *Service) Find(ctx context.Context, workspaceID string, q Query) (f Found, err error) {
	asked := ask(q.Text)
	if len(asked.words) == 0 {
		return f, nil
	}
	if err := s.upToDate(ctx, workspaceID); err != nil {
		return f, err
	}
	if q.ChatID != "" {
		return s.inChat(ctx, workspaceID, asked, q)
	}
	var from int64
	if _, err := (httpx.Page{After: q.After}).Key(&from); err != nil {
		return f, err
	}
	if from == 0 {
		if f.People, err = s.people(ctx, workspaceID, q.Text, asked); err != nil {
			return f, err
		}
	}
	got, err := s.store.find(ctx, workspaceID, asked, from, q.Limit)
	if err != nil {
		return f, err
	}
	f.Messages = got.hits
	if got.next > 0 {
		f.Next = httpx.Cursor(got.next)
	}
	return f, nil
}

// people are the contacts with such a name or number.
func (s *Service) people(ctx context.Context, workspaceID, text string, asked question) (out []Person, err error) {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 200 {
		return nil, nil
	}
	if digits, err := contact.ParsePhone(text, ""); err == nil {
		text = digits
	}
	page, err := s.contacts.List(ctx, workspaceID, contact.Filter{Search: text, Limit: maxPeople})
	if err != nil {
		return nil, err
	}
	for _, c := range page.Contacts {
		p := Person{Contact: c, Name: asked.excerpt(c.Name)}
		chats, err := s.chats.List(ctx, workspaceID, chat.Filter{ContactID: c.ID, Limit: maxPeople})
		if err != nil {
			return nil, err
		}
		p.Chats = chats.Items
		out = append(out, p)
	}
	return out, nil
}

// textOf is what can be found of a message.
func textOf(c device.Content) string {
	parts := []string{c.Text}
	if c.Media != nil {
		parts = append(parts, c.Media.Filename)
	}
	if c.Location != nil {
		parts = append(parts, c.Location.Name, c.Location.Address)
	}
	for _, card := range c.Contacts {
		parts = append(parts, card.Name)
	}
	if c.Poll != nil {
		parts = append(append(parts, c.Poll.Name), c.Poll.Options...)
	}
	return strings.Join(parts, "\n")
}

// shownText is textOf for people.
func shownText(content []byte) (device.Kind, string, error) {
	var c device.Content
	if err := json.Unmarshal(content, &c); err != nil {
		return "", "", err
	}
	return c.Kind, strings.TrimSpace(textOf(c)), nil
}

// Arrived has a message indexed that came in.
func (s *Service) Arrived(ctx context.Context, a chat.Arrived) error { return s.add(ctx, a.Message) }

// Posted has a message of ours indexed.
func (s *Service) Posted(ctx context.Context, p chat.Posted) error { return s.add(ctx, p.Message) }

func (s *Service) add(ctx context.Context, m chat.Message) error {
	if m.Content.Kind.Modifies() {
		return nil
	}
	return s.note(ctx, m.WorkspaceID, m.ID)
}

// Altered has a message indexed as an edit or a revoke has left it.
func (s *Service) Altered(ctx context.Context, a chat.Altered) error {
	if k := a.By.Content.Kind; k != device.KindEdit && k != device.KindRevoke {
		return nil
	}
	return s.note(ctx, a.Target.WorkspaceID, a.Target.ID)
}

// MarkMade takes what was deleted out of the index.
func (s *Service) MarkMade(ctx context.Context, m chat.MarkMade) error {
	switch m.Kind {
	case device.MarkDeleteMessage:
		return s.store.remove(ctx, m.Device.WorkspaceID, m.MessageID)
	case device.MarkDeleteChat, device.MarkClearChat:
		return s.store.removeHidden(ctx, m.Chat.WorkspaceID, m.Chat.ID)
	default:
		return nil
	}
}

// Erasing takes a chat out of the index that is being erased.
func (s *Service) Erasing(ctx context.Context, e chat.Erasing) error {
	return s.store.removeWhole(ctx, e.WorkspaceID, e.ChatID)
}

// Forget has what a deleted device's messages left in the index swept out, soon after.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	db.AfterCommit(ctx, s.wake)
	return s.store.todo(ctx, d.WorkspaceID, taskSweep)
}

func (s *Service) wake() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

var errFull = errors.New("no number is free for a message")

// EraseWorkspace takes everything of a workspace out of the index.
func (s *Service) EraseWorkspace(ctx context.Context, workspaceID string) error {
	for {
		if n, err := s.store.removeSome(ctx, workspaceID); err != nil || n == 0 {
			return err
		}
	}
}
