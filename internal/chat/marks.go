package chat

import (
	"context"
	"errors"
	"fmt"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// MarkMade is something that the account's devices agree on from now on, made here or on another of them.
type MarkMade struct {
	Device device.Device
	Kind   device.MarkKind
	At     int64 // when it was made, unix ms
	Chat   Chat  // as it is now; empty with device.MarkLabel
	// MessageID and NetworkID are of the message, for the kinds that are about one.
	MessageID string
	NetworkID string
	On        bool
	Until     int64 // unix ms; 0 is not muted, device.MuteForever without end
	Label     Label // for the kinds that are about one
	// Elsewhere is true for what was done on the phone or another of the account's devices.
	Elsewhere bool
}

// MarkRefused is a mark that was made here and that the network never took: here it is so, on the phone it is not.
type MarkRefused struct {
	Device    device.Device
	Kind      device.MarkKind
	ChatID    string // "" with device.MarkLabel
	NetworkID string // of the message, for the kinds that are about one
	On        bool
	Code      string // why, the network's own word where it has one
	At        int64  // when it was made, unix ms
}

// wish is what the network has to be told of a mark that was made here. Peers are looked up when it is told: by then
// more may be known of them.
type wish struct {
	On        bool         `json:"on,omitempty"`
	Until     int64        `json:"until,omitempty"`
	NetworkID string       `json:"network_id,omitempty"`
	FromMe    bool         `json:"from_me,omitempty"`
	SenderID  string       `json:"sender_id,omitempty"`
	MessageAt int64        `json:"message_at,omitempty"`
	Label     device.Label `json:"label,omitzero"`
	KeepMedia bool         `json:"keep_media,omitempty"`
	Last      lastWish     `json:"last,omitzero"`
}

type lastWish struct {
	NetworkID string `json:"network_id,omitempty"`
	FromMe    bool   `json:"from_me,omitempty"`
	SenderID  string `json:"sender_id,omitempty"`
	At        int64  `json:"at,omitempty"`
}

// kindReceipt is a read receipt among the wishes: it is told once and then forgotten.
const kindReceipt device.MarkKind = "receipt"

// markKey names a mark. Of two marks with one key the later one counts.
type markKey struct {
	WorkspaceID, DeviceID string
	ChatID                string // "" with device.MarkLabel
	Kind                  device.MarkKind
	Subject               string // the label, the message, or both; "" when it is about the whole chat
}

// subjectOf is the Subject of a mark.
func subjectOf(m device.Mark) string {
	switch m.Kind {
	case device.MarkLabel, device.MarkLabelChat:
		return m.Label.ID
	case device.MarkLabelMessage: // the network does not say whose message it is
		return m.Label.ID + "|" + m.NetworkID
	case device.MarkStar, device.MarkDeleteMessage:
		if m.FromMe {
			return m.NetworkID + "|1"
		}
		return m.NetworkID
	default:
		return ""
	}
}

// Marked takes in what another device of the account has done, or the echo of what we have told the network. One that
// is older than what is known changes nothing, and neither does the same one again.
func (s *Service) Marked(ctx context.Context, d device.Device, m device.Mark) error {
	m.Label.Name, m.NetworkID = cut(m.Label.Name, maxLabelName), cut(m.NetworkID, maxID)
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if m.Kind == device.MarkLabel {
			return s.labelMarked(ctx, d, m)
		}
		c, err := s.markedChat(ctx, d, m)
		if err != nil || c.ID == "" {
			return err
		}
		key := markKey{d.WorkspaceID, d.ID, c.ID, m.Kind, subjectOf(m)}
		later, err := s.store.claimMark(ctx, key, claim{At: m.At, Wish: wishOf(m)})
		if err != nil || !later {
			return err
		}
		return s.applyMark(ctx, marking{d: d, c: c, m: m, elsewhere: true})
	})
}

// wishOf keeps what a mark of elsewhere says, for messages that come later than it.
func wishOf(m device.Mark) wish {
	return wish{On: m.On, Until: m.Until, NetworkID: m.NetworkID, FromMe: m.FromMe, Label: m.Label}
}

// markedChat finds the chat of a mark. One that there is not is made only for what a new chat has to show; its ID is ""
// otherwise.
func (s *Service) markedChat(ctx context.Context, d device.Device, m device.Mark) (Chat, error) {
	for _, a := range m.Chat.Addresses {
		who, err := s.contacts.Find(ctx, d.WorkspaceID, d.Channel, a)
		if errors.Is(err, contact.ErrNotFound) {
			continue
		}
		if err != nil {
			return Chat{}, err
		}
		if c, err := s.store.chatOf(ctx, d.WorkspaceID, who.ID, d.ID); !isNotFound(err) {
			return c, err
		}
	}
	shows := m.On || m.Until != 0
	if !shows || m.Kind == device.MarkClearChat || len(m.Chat.Addresses) == 0 {
		return Chat{}, nil
	}
	m.Chat.Name = ""
	who, err := s.contacts.Resolve(ctx, d.WorkspaceID, d.Channel, m.Chat)
	if err != nil {
		return Chat{}, fmt.Errorf("find the contact: %w", err)
	}
	return s.chatFor(ctx, d, who)
}

// marking is a mark on its way into the tables.
type marking struct {
	d         device.Device
	c         Chat
	m         device.Mark
	label     Label
	elsewhere bool
}

// makeMark makes a mark here: it counts from now on, and the network is told as soon as it can be.
func (s *Service) makeMark(ctx context.Context, k marking, w wish) error {
	key := markKey{k.d.WorkspaceID, k.d.ID, k.c.ID, k.m.Kind, subjectOf(k.m)}
	known, err := s.store.markedAt(ctx, key)
	if err != nil {
		return err
	}
	k.m.At = max(s.now(), known+1) // clocks differ; what is done now is later than what is known
	w.On, w.Until, w.NetworkID, w.FromMe, w.Label, w.KeepMedia = k.m.On, k.m.Until, k.m.NetworkID, k.m.FromMe, k.m.Label, k.m.KeepMedia
	if _, err := s.store.claimMark(ctx, key, claim{At: k.m.At, Pending: true, Wish: w}); err != nil {
		return err
	}
	db.AfterCommit(ctx, func() { s.courier.wake(k.d.ID) })
	return s.applyMark(ctx, k)
}

// applyMark does what a mark says and tells whoever listens.
func (s *Service) applyMark(ctx context.Context, k marking) error {
	if k.m.Kind.OfMessage() {
		return s.applyToMessage(ctx, k)
	}
	changed, err := s.applyToChat(ctx, k)
	if err != nil || !changed {
		return err
	}
	return s.told(ctx, k, Message{})
}

// told fires the hook of a mark.
func (s *Service) told(ctx context.Context, k marking, m Message) (err error) {
	if k.c.ID != "" {
		if k.c, err = s.store.chat(ctx, k.c.WorkspaceID, k.c.ID); err != nil {
			return err
		}
	}
	return s.MarkMade.Fire(ctx, MarkMade{
		Device: k.d, Kind: k.m.Kind, At: k.m.At, Chat: k.c, MessageID: m.ID, NetworkID: k.m.NetworkID, On: k.m.On,
		Until: k.m.Until, Label: k.label, Elsewhere: k.elsewhere,
	})
}

// applyToChat does what a mark of a chat says; false when it is so already.
func (s *Service) applyToChat(ctx context.Context, k marking) (changed bool, err error) {
	switch k.m.Kind {
	case device.MarkArchive:
		return s.store.setArchived(ctx, k.c, k.m.On)
	case device.MarkPin:
		return s.store.setPinned(ctx, k.c, k.m.On)
	case device.MarkMute:
		return s.store.setMuted(ctx, k.c, k.m.Until)
	case device.MarkUnread:
		if k.m.On {
			return s.store.setMarkedUnread(ctx, k.c)
		}
		return s.readUpTo(ctx, k.c, k.m.Last.At)
	case device.MarkDeleteChat, device.MarkClearChat:
		return true, s.empty(ctx, k)
	case device.MarkLabelChat:
		return s.labelOn(ctx, &k, "")
	default:
		return false, nil
	}
}

// readUpTo notes that a chat was read, as far as its messages are not newer than at (unix ms; 0 is all).
func (s *Service) readUpTo(ctx context.Context, c Chat, at int64) (bool, error) {
	if at == 0 || at >= c.InboundAt {
		was, err := s.store.clearUnread(ctx, c.WorkspaceID, c.ID)
		if err != nil || !was {
			return was, err
		}
		c.Unread, c.MarkedUnread = 0, false
		return true, s.Cleared.Fire(ctx, c)
	}
	was, err := s.store.lowerUnread(ctx, c, at)
	if err != nil || !was {
		return was, err
	}
	if c, err = s.store.chat(ctx, c.WorkspaceID, c.ID); err != nil {
		return true, err
	}
	return true, s.Cleared.Fire(ctx, c)
}

// applyToMessage does what a mark says to the message that it is about. One that is not here (yet) is waited for: the
// mark is found when it comes.
func (s *Service) applyToMessage(ctx context.Context, k marking) error {
	list, err := s.store.byNetworkID(ctx, k.d.WorkspaceID, k.d.ID, k.m.NetworkID)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.ChatID != k.c.ID || m.DeletedAt > 0 || k.m.Kind != device.MarkLabelMessage && m.FromMe != k.m.FromMe {
			continue
		}
		return s.applyTo(ctx, k, m)
	}
	return nil
}

func (s *Service) applyTo(ctx context.Context, k marking, m Message) (err error) {
	var changed bool
	switch k.m.Kind {
	case device.MarkStar:
		changed, err = s.store.setStarred(ctx, m, k.m.On)
	case device.MarkDeleteMessage:
		changed, err = true, s.hide(ctx, k.c, m, k.m.At)
	case device.MarkLabelMessage:
		changed, err = s.labelOn(ctx, &k, m.ID)
	}
	if err != nil || !changed {
		return err
	}
	return s.told(ctx, k, m)
}

// overtaken applies the marks that were made of a message before it came here.
func (s *Service) overtaken(ctx context.Context, d device.Device, c Chat, m Message) error {
	waiting, err := s.store.marksOf(ctx, c, m)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		k := marking{d: d, c: c, elsewhere: true, m: device.Mark{
			Kind: w.Kind, At: w.At, NetworkID: m.NetworkID, FromMe: m.FromMe, On: w.Wish.On, Label: w.Wish.Label,
		}}
		if err := s.applyTo(ctx, k, m); err != nil {
			return err
		}
	}
	return nil
}
