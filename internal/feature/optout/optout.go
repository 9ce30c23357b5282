// Package optout owns how customers stop the messages that nobody asked for, and get them again: it hears their words, and
// sentences that clearly ask for it (ADR 0029), has them noted with their proof, and answers once. Whoever has opted out is kept by package contact, and refused
// by package outbox.
package optout

import (
	"context"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

const (
	// answerable is how old a message may be that waited while we were off, and still be answered. It counts however
	// old it is.
	answerable = 6 * time.Hour
	// maxLooked is how long a text may be that is compared at all, in bytes.
	maxLooked = 400
)

// Config is what a Service works with.
type Config struct {
	DB       *db.DB
	Log      *slog.Logger
	Contacts *contact.Service
	// Words are a workspace's.
	Words func(ctx context.Context, workspaceID string) (workspace.OptOut, error)
	// Post puts a message of ours into a chat, see chat.Service.Post.
	Post func(ctx context.Context, p chat.Post) error
	Now  func() time.Time // nil is time.Now
}

// Service hears who opts out and in.
type Service struct {
	conf Config
	read *reader
}

var _ chat.Answerer = (*Service)(nil)

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c, newReader()}
}

// Arrived is for chat.Service.Arrived, behind whoever writes the message down: what a person writes to us counts, on
// whose turn it may be. What a group's members say among themselves, what is typed on our own phone and what history
// brings is no wish.
func (s *Service) Arrived(ctx context.Context, e chat.Arrived) error {
	if e.Message.FromMe || e.Contact.Group || e.Origin == device.OriginHistory || !worthALook(e.Message.Content) {
		return nil
	}
	words, err := s.conf.Words(ctx, e.Message.WorkspaceID)
	if err != nil {
		return err
	}
	wish := s.read.asks(words, e.Message.Content.Text)
	if wish == workspace.NoWish {
		return nil
	}
	changed, err := s.note(ctx, e, wish)
	if err != nil || !changed {
		return err
	}
	answer := words.AnswerOut
	if wish == workspace.WishIn {
		answer = words.AnswerIn
	}
	return s.say(ctx, e, answer)
}

func worthALook(c device.Content) bool { return c.Kind == device.KindText && len(c.Text) <= maxLooked }

// note keeps the wish, with the message as its proof; false when it says what is known.
func (s *Service) note(ctx context.Context, e chat.Arrived, wish workspace.Wish) (bool, error) {
	card, err := s.conf.Contacts.Card(ctx, e.Message.WorkspaceID, e.Contact.ID)
	if err != nil {
		return false, err
	}
	state := contact.ConsentOut
	if wish == workspace.WishIn {
		state = contact.ConsentIn
		if card.Consent != contact.ConsentOut { // "mulai" is an everyday word, unless they had stopped
			return false, nil
		}
	}
	if card.Consent == state {
		return false, nil
	}
	_, err = s.conf.Contacts.SetConsent(ctx, e.Message.WorkspaceID, e.Contact.ID, contact.ConsentEntry{
		State: state, Source: contact.ConsentByContact, ByID: e.Message.ID, Why: e.Message.Content.Text,
		Channel: e.Device.Channel, DeviceID: e.Device.ID,
	})
	return err == nil, err
}

// say answers. An answer that can't be stored is no reason to lose the message and what it asks for.
func (s *Service) say(ctx context.Context, e chat.Arrived, answer string) error {
	if answer == "" || s.conf.Now().UnixMilli()-e.Message.At > answerable.Milliseconds() {
		return nil
	}
	err := s.conf.DB.Savepoint(ctx, func(ctx context.Context) error {
		return s.conf.Post(ctx, chat.Post{
			WorkspaceID: e.Message.WorkspaceID, DeviceID: e.Device.ID, ChatID: e.Chat.ID, Lane: outbox.LaneReply,
			Content: device.Content{Kind: device.KindText, Text: answer}, By: chat.Author{Kind: chat.ByOptOut},
		})
	})
	if err != nil && !db.Transient(err) {
		s.conf.Log.ErrorContext(ctx, "who opts out or in is not answered", "chat", e.Chat.ID, "message", e.Message.ID, "error", err)
		return nil
	}
	return err
}

// Kind is the author's kind of the answers.
func (s *Service) Kind() chat.AuthorKind { return chat.ByOptOut }

// Answer takes the question from rules and assistant when it is a wish that was answered by Arrived, or that was known.
// An everyday word of opting in, from somebody who had not stopped, is left to them.
func (s *Service) Answer(ctx context.Context, q chat.Question) (*chat.Answer, error) {
	if q.Chat.Group || q.Contact.Group || !worthALook(q.Message.Content) {
		return nil, nil
	}
	words, err := s.conf.Words(ctx, q.WorkspaceID)
	if err != nil {
		return nil, err
	}
	switch s.read.asks(words, q.Message.Content.Text) {
	case workspace.WishOut:
		return s.preview(q, words.AnswerOut), nil
	case workspace.WishIn:
		if q.Preview || q.Contact.ID == "" {
			return nil, nil
		}
		list, err := s.conf.Contacts.Consents(ctx, q.WorkspaceID, q.Contact.ID)
		if err != nil || len(list) == 0 || list[0].ByID != q.Message.ID {
			return nil, err
		}
		return &chat.Answer{}, nil
	default:
		return nil, nil
	}
}

// preview shows in a trial what Arrived would answer.
func (s *Service) preview(q chat.Question, answer string) *chat.Answer {
	if !q.Preview || answer == "" {
		return &chat.Answer{}
	}
	return &chat.Answer{Parts: []chat.Part{{Content: device.Content{Kind: device.KindText, Text: answer}}}}
}
