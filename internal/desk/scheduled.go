package desk

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

const (
	// maxAhead is how far ahead a message can be scheduled.
	maxAhead = 366 * 24 * time.Hour
	// maxScheduled is how many messages wait in one chat at most.
	maxScheduled = 100
)

// ScheduledState is how far a scheduled message is.
type ScheduledState string

// The states. What is sent is a message of its chat from then on, and listed no more.
const (
	ScheduledWaiting   ScheduledState = "waiting"
	ScheduledSent      ScheduledState = "sent"
	ScheduledCancelled ScheduledState = "cancelled" // Code says why: "cancelled" by somebody, "replied" because they wrote
	ScheduledFailed    ScheduledState = "failed"    // it could not even be queued; Code says why
)

// Scheduled is a message that goes at a time.
type Scheduled struct {
	ID            string          `json:"id"`
	WorkspaceID   string          `json:"-"`
	ChatID        string          `json:"chat_id"`
	DeviceID      string          `json:"device_id"`
	By            chat.AuthorKind `json:"by" doc:"member or api"`
	ByID          string          `json:"by_id"`
	Content       device.Content  `json:"content"`
	ReplyTo       string          `json:"reply_to,omitempty"`
	SendAt        int64           `json:"send_at" doc:"Unix milliseconds"`
	CancelOnReply bool            `json:"cancel_on_reply" doc:"It does not go when they write first"`
	State         ScheduledState  `json:"state" enum:"waiting,sent,cancelled,failed"`
	Code          string          `json:"code,omitempty" doc:"Why it was cancelled or failed: replied, cancelled, or a fault's code"`
	MessageID     string          `json:"message_id,omitempty" doc:"With sent: the message"`
	CreatedAt     int64           `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt     int64           `json:"updated_at" doc:"Unix milliseconds"`
}

// Plan is a message with when it is to go; in Reschedule nil leaves a thing as it is.
type Plan struct {
	Content       *device.Content
	ReplyTo       *string
	SendAt        *int64
	CancelOnReply *bool
}

// Schedule keeps a message until its time. ErrSendAt, ErrTooManyScheduled, chat.ErrNotFound.
func (s *Service) Schedule(ctx context.Context, by member.Principal, chatID string, p Plan) (m Scheduled, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.conf.Chats.Get(ctx, by.WorkspaceID, chatID)
		if err != nil {
			return err
		}
		waiting, err := s.countScheduled(ctx, by.WorkspaceID, c.Chat.ID)
		if err != nil {
			return err
		}
		if waiting >= maxScheduled {
			return ErrTooManyScheduled
		}
		a := authorOf(by)
		m = Scheduled{
			ID: id.New(), WorkspaceID: by.WorkspaceID, ChatID: c.Chat.ID, DeviceID: c.DeviceID, By: a.Kind, ByID: a.ID,
			State: ScheduledWaiting, CreatedAt: s.now(),
		}
		return s.plan(ctx, &m, p)
	})
	return m, err
}

// Reschedule changes a message that waits, or one that failed or was cancelled, which waits again then.
// ErrScheduledNotFound, also once it is sent; ErrSendAt.
func (s *Service) Reschedule(ctx context.Context, workspaceID, scheduledID string, p Plan) (m Scheduled, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if m, err = s.unsent(ctx, workspaceID, scheduledID); err != nil {
			return err
		}
		m.State, m.Code = ScheduledWaiting, ""
		return s.plan(ctx, &m, p)
	})
	return m, err
}

// plan checks and stores a message that waits.
func (s *Service) plan(ctx context.Context, m *Scheduled, p Plan) error {
	if p.Content != nil {
		m.Content = *p.Content
	}
	if p.ReplyTo != nil {
		m.ReplyTo = db.Text(*p.ReplyTo)
	}
	if p.SendAt != nil {
		m.SendAt = *p.SendAt
	}
	if p.CancelOnReply != nil {
		m.CancelOnReply = *p.CancelOnReply
	}
	m.UpdatedAt = s.now()
	if m.SendAt <= m.UpdatedAt || m.SendAt > m.UpdatedAt+maxAhead.Milliseconds() {
		return ErrSendAt
	}
	if err := s.putScheduled(ctx, *m); err != nil {
		return err
	}
	db.AfterCommit(ctx, s.wake)
	return s.ScheduledChanged.Fire(ctx, *m)
}

// Unschedule takes a message back that is not sent yet; it is listed no more. ErrScheduledNotFound, also once it is sent.
func (s *Service) Unschedule(ctx context.Context, workspaceID, scheduledID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.unsent(ctx, workspaceID, scheduledID)
		if err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, deleteScheduled, workspaceID, m.ID); err != nil {
			return err
		}
		m.State, m.Code = ScheduledCancelled, "cancelled"
		return s.ScheduledChanged.Fire(ctx, m)
	})
}

// unsent is a message that is not sent, held against the sweep that sends it.
func (s *Service) unsent(ctx context.Context, workspaceID, scheduledID string) (Scheduled, error) {
	if _, err := s.db.Exec(ctx, holdScheduled, workspaceID, scheduledID); err != nil {
		return Scheduled{}, err
	}
	m, err := scanScheduled(s.db.QueryRow(ctx, selectScheduled, workspaceID, scheduledID))
	if errors.Is(err, sql.ErrNoRows) || err == nil && m.State == ScheduledSent {
		return m, ErrScheduledNotFound
	}
	return m, err
}

// Scheduled lists a chat's messages that are not sent, the next one first. chat.ErrNotFound.
func (s *Service) Scheduled(ctx context.Context, workspaceID, chatID string) ([]Scheduled, error) {
	c, err := s.conf.Chats.Get(ctx, workspaceID, chatID)
	if err != nil {
		return nil, err
	}
	return s.listScheduled(s.db.Query(ctx, selectOfChat, workspaceID, c.Chat.ID))
}

// Arrived cancels what was not to go if they write first.
func (s *Service) Arrived(ctx context.Context, a chat.Arrived) error {
	if a.Message.FromMe || a.Origin == device.OriginHistory || a.Message.Content.Kind.Modifies() {
		return nil
	}
	list, err := s.listScheduled(s.db.Query(ctx, cancelReplied, a.Chat.WorkspaceID, a.Chat.ID, s.now()))
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := s.ScheduledChanged.Fire(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// deliver posts a message whose time has come, once: the row says so in the transaction of the post.
func (s *Service) deliver(ctx context.Context, m Scheduled) error {
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		now := s.now()
		mine, err := s.settle(ctx, m, ScheduledSent, "", now)
		if err != nil || !mine {
			return err
		}
		lane := outbox.LaneReply
		if m.By != chat.ByMember {
			lane = outbox.LaneNotify
		}
		posted, _, err := s.conf.Chats.Post(ctx, chat.Post{
			WorkspaceID: m.WorkspaceID, ChatID: m.ChatID, Content: m.Content, ReplyTo: m.ReplyTo, Lane: lane, Quiet: true,
			By: chat.Author{Kind: m.By, ID: m.ByID},
		})
		if err != nil {
			return err
		}
		m.State, m.MessageID, m.UpdatedAt = ScheduledSent, posted.ID, now
		if _, err := s.db.Exec(ctx, nameMessage, m.WorkspaceID, m.ID, m.MessageID); err != nil {
			return err
		}
		return s.ScheduledChanged.Fire(ctx, m)
	})
	if f, ok := fault.From(err); ok {
		return s.giveUp(ctx, m, f.Code)
	}
	return err
}

// giveUp notes why a message could not be posted.
func (s *Service) giveUp(ctx context.Context, m Scheduled, code string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		now := s.now()
		mine, err := s.settle(ctx, m, ScheduledFailed, code, now)
		if err != nil || !mine {
			return err
		}
		m.State, m.Code, m.UpdatedAt = ScheduledFailed, code, now
		return s.ScheduledChanged.Fire(ctx, m)
	})
}
