package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// Typing passes on that somebody types. Who begins to type on the account's own phone takes the turn, so that the bot
// does not answer in between; a chat that we don't know has no turn to take.
func (s *Service) Typing(ctx context.Context, d device.Device, t device.Typing) error {
	it, err := s.typedIn(ctx, d, t.Chat)
	if errors.Is(err, contact.ErrNotFound) || errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !t.FromMe {
		state := TypingOff
		if t.On {
			state = TypingOn
		}
		s.conf.Live(Event{d.WorkspaceID, EventTyping, d.ID, it.ID, state})
		return s.typed(ctx, d, it, state)
	}
	if !t.On {
		return nil
	}
	_, err = s.SetTurn(ctx, d.WorkspaceID, it.ID, TurnHuman, 0)
	return err
}

// Typed is that a contact types in a chat, or has stopped.
type Typed struct {
	Device device.Device
	Item   Item
	State  string // TypingOn or TypingOff
	At     int64  // unix ms
}

// typingLasts is how long networks show that somebody types, if nothing more is heard.
const typingLasts = 25 * time.Second

// Until is when typing is over at the latest, unix ms; 0 when it has stopped.
func (t Typed) Until() int64 {
	if t.State == TypingOff {
		return 0
	}
	return t.At + typingLasts.Milliseconds()
}

// typed tells it where the device is set to, once however often the network repeats it.
func (s *Service) typed(ctx context.Context, d device.Device, it Item, state string) error {
	if !d.Settings.TellTyping {
		return nil
	}
	t := Typed{Device: d, Item: it, State: state, At: s.now()}
	if !s.typing.news(it.Chat.ID, t) {
		return nil
	}
	return s.db.Tx(ctx, func(ctx context.Context) error { return s.Typed.Fire(ctx, t) })
}

// typists are who types right now, as far as it was told.
type typists struct {
	mu     sync.Mutex
	byChat map[string]Typed
}

// maxTypists bounds how many are remembered; whoever is forgotten is told once more.
const maxTypists = 4096

// news reports whether t says something that was not told.
func (l *typists) news(chatID string, t Typed) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, known := l.byChat[chatID]
	on := known && was.Until() > t.At
	if l.byChat == nil || len(l.byChat) >= maxTypists {
		l.byChat = map[string]Typed{}
	}
	if t.State == TypingOff {
		delete(l.byChat, chatID)
		return on
	}
	l.byChat[chatID] = t
	return !on
}

// typedIn is the chat with a peer, if there is one.
func (s *Service) typedIn(ctx context.Context, d device.Device, p device.Peer) (Item, error) {
	err := error(contact.ErrNotFound)
	for _, a := range p.Addresses {
		var c contact.Contact
		if c, err = s.contacts.Find(ctx, d.WorkspaceID, d.Channel, a); err == nil {
			return s.Find(ctx, d.WorkspaceID, d.ID, c.ID)
		}
		if !errors.Is(err, contact.ErrNotFound) {
			break
		}
	}
	return Item{}, err
}
