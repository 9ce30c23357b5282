package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// Answerer may answer what a contact wrote. Rules and the assistant are answerers; chat decides whether anybody is
// asked at all (see Service.Receive) and takes the first answer.
type Answerer interface {
	// Kind is the author's kind of its messages ("rule", "assistant", "plugin").
	Kind() AuthorKind
	// Answer returns nil to leave the question to the next one. It runs inside the transaction that stores the
	// message and may touch the database only; what takes long (a model) is written as a job, and an Answer without
	// parts returned. With Question.Preview it must change nothing at all. An error, or a panic, undoes what it
	// wrote, is logged, and the next one is asked: the message is never lost to it.
	Answer(ctx context.Context, q Question) (*Answer, error)
}

// Question is what an answerer is asked.
type Question struct {
	WorkspaceID string
	Device      device.Device
	Chat        Chat
	Contact     contact.Contact // whose chat it is
	Sender      contact.Contact // who wrote; the same as Contact outside groups
	Message     Message
	First       bool // the contact's first message ever
	Preview     bool // nothing may be written
	Now         time.Time
}

// Answer is what an answerer says. No parts: the question is taken, nobody else is asked, and nothing is sent now.
type Answer struct {
	Parts []Part
	By    string // id of the rule …, for the messages' author
	// Autoread marks the question as read on the contact's phone.
	Autoread bool
	// HandOver gives the turn to a person, after the parts.
	HandOver bool
	// Accepted is called in the same transaction once the parts are stored; not with a preview. May be nil.
	Accepted func(ctx context.Context) error
}

// Part is one message of an answer.
type Part struct {
	Content device.Content
	Delay   time.Duration // after the part before it, the first one after the question
	Typing  bool          // the delay is shown as typing
}

// errPanicked is what a panic of an answerer becomes.
var errPanicked = errors.New("answerer panicked")

// Preview asks the answerers as Receive would, with no effect, and returns the first answer and who gave it; nil when
// nobody answers. Chat, Contact and Sender of the question may be empty.
func (s *Service) Preview(ctx context.Context, q Question) (*Answer, AuthorKind, error) {
	q.Preview = true
	if q.Now.IsZero() {
		q.Now = s.conf.Now()
	}
	for _, who := range s.conf.Answerers {
		a, err := ask(ctx, who, q)
		if err != nil {
			s.log.Error("preview an answer", "answerer", who.Kind(), "workspace", q.WorkspaceID, "error", err)
			continue
		}
		if a != nil {
			return a, who.Kind(), nil
		}
	}
	return nil, "", nil
}

// answer asks one after the other until somebody answers. What fails is undone to where it began: only the state of
// the database itself may stop the message from being stored.
func (s *Service) answer(ctx context.Context, q Question) error {
	for _, who := range s.conf.Answerers {
		var done bool
		err := s.db.Savepoint(ctx, func(ctx context.Context) error {
			a, err := ask(ctx, who, q)
			if err != nil || a == nil {
				return err
			}
			done = true
			return s.say(ctx, who.Kind(), q, a)
		})
		if db.Transient(err) {
			return err
		}
		if err != nil {
			s.log.Error("seek an answer", "answerer", who.Kind(), "chat", q.Chat.ID, "message", q.Message.ID, "error", err)
			continue
		}
		if done {
			return nil
		}
	}
	return nil
}

// ask calls an answerer; its panic is an error.
func ask(ctx context.Context, who Answerer, q Question) (a *Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			a, err = nil, fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	return who.Answer(ctx, q)
}

// say stores an answer's parts and what it does to the chat.
func (s *Service) say(ctx context.Context, kind AuthorKind, q Question, a *Answer) error {
	var after time.Duration // of the parts that only wait; typing is added by the runner, part after part
	for _, part := range a.Parts {
		p := Post{Content: part.Content, By: Author{kind, a.By}, Lane: outbox.LaneReply}
		if part.Typing {
			p.Typing = part.Delay
		} else {
			after += part.Delay
		}
		if after > 0 {
			p.NotBefore = q.Now.Add(after).UnixMilli()
		}
		if _, _, err := s.write(ctx, q.Device, Item{q.Chat, q.Contact}, p); err != nil {
			return err
		}
	}
	if a.Autoread {
		if err := s.readNow(ctx, q.Device, Item{q.Chat, q.Contact}, []Message{q.Message}); err != nil {
			return err
		}
	}
	if a.HandOver {
		if _, err := s.moveTurn(ctx, q.Chat, TurnHuman, q.Now.UnixMilli()); err != nil {
			return err
		}
	}
	if a.Accepted == nil {
		return nil
	}
	return a.Accepted(ctx)
}
