package chat

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrNoSound means that a message is nothing that can be listened to, or is ours.
var ErrNoSound = fault.New(fault.Conflict, "message_not_sound", fault.Text{
	ID: "Hanya pesan suara dan audio dari kontak yang bisa ditandai sudah didengar.",
	EN: "Only voice notes and sounds of contacts can be marked as played.",
})

// kindPlayed is a receipt for a sound that was listened to among the wishes: it is told once and then forgotten.
const kindPlayed device.MarkKind = "played"

// Played is a sound that was listened to.
type Played struct {
	Chat    Chat
	Contact contact.Contact // whose chat it is
	Message Message         // as it is now; Content.Media.PlayedAt says when
}

// sound reports whether a message is one that phones show as played.
func (m Message) sound() bool {
	return m.Content.Media != nil && (m.Content.Kind == device.KindVoice || m.Content.Kind == device.KindAudio || m.Content.Media.Note)
}

// Play notes that a sound of theirs was listened to and has its sender told. Nothing else does: who fetches the bytes may
// be a script. Twice is fine. ErrMessageNotFound, ErrNoSound.
func (s *Service) Play(ctx context.Context, workspaceID, messageID string) error {
	return s.onMessage(ctx, workspaceID, messageID, func(ctx context.Context, d device.Device, c Chat, m Message) error {
		if m.FromMe || !m.sound() || m.RevokedAt > 0 {
			return ErrNoSound
		}
		if m.Content.Media.PlayedAt > 0 {
			return nil
		}
		key := markKey{c.WorkspaceID, d.ID, c.ID, kindPlayed, m.ID}
		if _, err := s.store.claimMark(ctx, key, claim{At: s.now(), Pending: true, Wish: wish{NetworkID: m.NetworkID, SenderID: m.SenderID}}); err != nil {
			return err
		}
		db.AfterCommit(ctx, func() { s.courier.wake(d.ID) })
		return s.played(ctx, m, s.now())
	})
}

// heardBy notes that the contact of a chat has listened to sounds of ours. What single members of a group do is told as
// receipts only.
func (s *Service) heardBy(ctx context.Context, d device.Device, r device.Receipt) error {
	if r.Kind != device.ReceiptPlayed || r.Chat.Group {
		return nil
	}
	for _, nid := range r.NetworkIDs {
		list, err := s.store.byNetworkID(ctx, d.WorkspaceID, d.ID, nid)
		if err != nil {
			return err
		}
		for _, m := range list {
			if !m.FromMe || !m.sound() || m.Content.Media.PlayedAt > 0 || m.DeletedAt > 0 || m.RevokedAt > 0 {
				continue
			}
			if err := s.played(ctx, m, r.At); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) played(ctx context.Context, m Message, at int64) error {
	item, err := s.store.item(ctx, m.WorkspaceID, m.ChatID)
	if err != nil {
		return err
	}
	media := *m.Content.Media
	media.PlayedAt = at
	m.Content.Media = &media
	if err := s.store.updateMessage(ctx, m); err != nil {
		return err
	}
	return s.Played.Fire(ctx, Played{item.Chat, item.Contact, m})
}

func (a api) play(ctx context.Context, in *messageIn) (*struct{}, error) {
	return nil, a.s.Play(ctx, caller(ctx), in.ID)
}

// ClearChat empties a chat for this account, here and on all its devices; the chat stays, and so does what the other side
// has. Twice is fine. ErrNotFound.
func (s *Service) ClearChat(ctx context.Context, workspaceID, chatID string, what Clearing) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		d, item, err := s.place(ctx, workspaceID, chatID)
		if err != nil || item.Last.At == 0 {
			return err
		}
		return s.markChat(ctx, d, item.Chat, device.Mark{Kind: device.MarkClearChat, On: what == ClearAll})
	})
}

// Clearing says what goes when a chat is emptied.
type Clearing string

// The clearings.
const (
	ClearAll        Clearing = "all"
	ClearButStarred Clearing = "keep_starred"
)

type clearIn struct {
	ID   string   `path:"id" maxLength:"64" doc:"The chat's id"`
	What Clearing `query:"what" enum:"all,keep_starred" default:"all" doc:"keep_starred leaves messages with a star"`
}

func (a api) clear(ctx context.Context, in *clearIn) (*struct{}, error) {
	return nil, a.s.ClearChat(ctx, caller(ctx), in.ID, in.What)
}
