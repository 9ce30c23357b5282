package chat

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
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

// Preview asks the answerers as Receive would, with no effect, and returns the first answer and who gave it; nil when
// nobody answers. Chat, Contact and Sender of the question may be empty.
func (s *Service) Preview(ctx context.Context, q Question) (*Answer, AuthorKind, error) {
	return s.preview(ctx, q)
}
